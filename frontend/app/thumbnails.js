// A small copy of a picture, made where no page waits for it: a gallery of full pictures would need gigabytes.

const QUALITY = 0.82;

/**
 * The picture with its longer side at most `side` pixels, as WebP (JPEG where that cannot be written);
 * null when this browser cannot read the picture or draw off the screen. Never throws.
 * @param {Blob} blob @param {number} [side]
 * @returns {Promise<Blob | null>}
 */
export async function thumbnail(blob, side = 320) {
  if (typeof createImageBitmap !== "function" || typeof OffscreenCanvas !== "function") return null;
  /** @type {ImageBitmap | undefined} */
  let bitmap;
  try {
    bitmap = await createImageBitmap(blob);
    const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height));
    const width = Math.max(1, Math.round(bitmap.width * scale));
    const height = Math.max(1, Math.round(bitmap.height * scale));
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext("2d");
    if (!context) return null;
    context.imageSmoothingQuality = "high";
    context.drawImage(bitmap, 0, 0, width, height);
    const small = await canvas.convertToBlob({ type: "image/webp", quality: QUALITY });
    if (small.type === "image/webp") return small;
    // Safari writes PNG when asked for a type that it cannot write: many times larger than a JPEG.
    return await canvas.convertToBlob({ type: "image/jpeg", quality: QUALITY });
  } catch {
    return null;
  } finally {
    bitmap?.close();
  }
}
