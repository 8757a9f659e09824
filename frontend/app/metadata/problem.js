// Why a file could not be read or written, in sentences for the visitor.

export class FileProblem extends Error {
  name = "FileProblem";
}

/** What the file's bytes are missing or contradict. @param {string} format @param {string} how */
export function broken(format, how) {
  return new FileProblem(`This ${format} file is damaged: ${how}.`);
}
