// What this browser keeps: requests, pictures, files, prompts, erasures still to do. In IndexedDB, else in memory.

import { deleteDB, openDB } from "../vendor/idb/index.js";

/** @typedef {import("./types.js").Job} Job */
/** @typedef {import("./types.js").Picture} Picture */
/** @typedef {Job & { cancelWanted?: boolean }} StoredJob `cancelWanted`: to be canceled as soon as that is possible */
/**
 * @typedef {Picture & { deletedAt?: number }} StoredPicture `deletedAt`: gone from sight, and gone when the undo has
 *   passed
 */
/** @typedef {{ id: string, picture: Blob, thumbnail: Blob | null }} PictureFile by its picture's id */
/** @typedef {{ id: string, usedAt: number }} Prompt the prompt is its own id */
/**
 * @typedef {{ id: string, requestId: string, index: number, account: string | null, expiresAt: number | null }}
 *   Erasure of the server's copy, by its picture's id
 */
/**
 * @typedef {{ jobs: StoredJob, pictures: StoredPicture, files: PictureFile, prompts: Prompt, erasures: Erasure }}
 *   Rows
 */
/** @typedef {keyof Rows} Table */
/** @typedef {{ [T in Table]?: { put?: Rows[T][], remove?: string[] } }} Change all of it happens, or nothing */
/** @typedef {{ change: Change } | { cleared: true }} News files never travel in it */
/**
 * Where rows lie.
 * @typedef {object} Medium
 * @property {<T extends Table>(table: T) => Promise<Rows[T][]>} all
 * @property {<T extends Table>(table: T, id: string) => Promise<Rows[T] | undefined>} get
 * @property {(change: Change) => Promise<void>} write
 * @property {() => Promise<void>} clear
 */

const NAME = "sasha";
const VERSION = 1;
const TABLES = /** @type {Table[]} */ (["jobs", "pictures", "files", "prompts", "erasures"]);
// Some browsers never answer where they should refuse.
const OPENING_MS = 5_000;
const DELETING_MS = 2_000;

/** The browser gives no more room. What was to be written is not. */
export class StorageFull extends Error {}

export class Store {
  /** @type {Set<(news: News) => void>} */
  #listeners = new Set();
  /** Files that could not be kept, for as long as this page lives. @type {Map<string, PictureFile>} */
  #held = new Map();
  #medium;
  #channel;

  /**
   * @param {Medium} medium @param {boolean} durable whether rows outlive the page
   * @param {BroadcastChannel | null} channel to the other tabs
   */
  constructor(medium, durable, channel) {
    this.#medium = medium;
    this.#channel = durable ? channel : null;
    this.durable = durable;
    if (this.#channel) this.#channel.onmessage = (event) => this.#tell(event.data);
  }

  /** @template {Table} T @param {T} table */
  all(table) {
    return this.#medium.all(table);
  }

  /** @template {Table} T @param {T} table @param {string} id @returns {Promise<Rows[T] | undefined>} */
  async get(table, id) {
    const held = table === "files" ? /** @type {any} */ (this.#held.get(id)) : undefined;
    return held ?? this.#medium.get(table, id);
  }

  /** Writes all of the change or, throwing, nothing; StorageFull where there is no room. @param {Change} change */
  async write(change) {
    for (const id of change.files?.remove ?? []) this.#held.delete(id);
    await this.#medium.write(change);
    for (const { id } of change.files?.put ?? []) this.#held.delete(id);
    const { files, ...told } = change;
    if (Object.keys(told).length) this.#channel?.postMessage({ change: told });
  }

  /** Holds a file that cannot be kept, so that it is there until the page is closed. @param {PictureFile} file */
  hold(file) {
    this.#held.set(file.id, file);
  }

  /** Files that are only held. */
  held() {
    return [...this.#held.values()];
  }

  /**
   * Calls `listener` with what other tabs wrote, and whenever everything was cleared.
   * @param {(news: News) => void} listener
   */
  onChange(listener) {
    this.#listeners.add(listener);
  }

  /** Empties everything, here and for the other tabs; the store can be used on. */
  async clear() {
    this.#tell({ cleared: true });
    this.#channel?.postMessage({ cleared: true }); // first, so that nobody writes into what was just emptied
    await this.#medium.clear();
  }

  /** @param {News} news */
  #tell(news) {
    if ("cleared" in news) this.#held.clear();
    for (const listener of this.#listeners) listener(news);
  }
}

/**
 * The store of this browser; one in memory where it refuses to keep anything, which `durable` says.
 * @param {{ open?: typeof openDB, channel?: BroadcastChannel | null, patience?: number }} [with_]
 */
export async function openStore({ open = openDB, channel, patience = OPENING_MS } = {}) {
  const medium = inDatabase(open);
  try {
    await within(patience, medium.get("jobs", ""));
  } catch {
    return new Store(inMemory(), false, null);
  }
  return new Store(medium, true, channel === undefined ? new BroadcastChannel("sasha.store") : channel);
}

/** Rows that are gone with the page. @returns {Medium} */
export function inMemory() {
  const tables = new Map(TABLES.map((table) => [table, new Map()]));
  /** @param {Table} table @returns {Map<string, any>} */
  const rows = (table) => tables.get(table) ?? new Map();
  return {
    all: async (table) => [...rows(table).values()],
    get: async (table, id) => rows(table).get(id),
    write: async (change) => {
      for (const [table, { put, remove }] of parts(change)) {
        for (const row of put) rows(table).set(row.id, row);
        for (const id of remove) rows(table).delete(id);
      }
    },
    clear: async () => tables.forEach((rows) => rows.clear()),
  };
}

/**
 * Rows in IndexedDB. The connection is made anew whenever it was taken away: by the browser, or by a tab that clears.
 * @param {typeof openDB} open @returns {Medium}
 */
function inDatabase(open) {
  /** @type {Promise<import("../vendor/idb/index.js").IDBPDatabase> | null} */
  let connecting = null;

  const connection = () => {
    connecting ??= open(NAME, VERSION, {
      upgrade: (database) => TABLES.forEach((table) => database.createObjectStore(table, { keyPath: "id" })),
      blocking: (_from, _to, event) => {
        /** @type {IDBDatabase} */ (event.target).close();
        connecting = null;
      },
      terminated: () => void (connecting = null),
    }).catch((error) => {
      connecting = null;
      throw error;
    });
    return connecting;
  };

  /** @template T @param {(database: import("../vendor/idb/index.js").IDBPDatabase) => Promise<T>} work */
  const withDatabase = async (work) => {
    try {
      return await work(await connection());
    } catch (error) {
      if (!(error instanceof Error) || error.name !== "InvalidStateError") throw error;
      connecting = null; // it was closed meanwhile
      return work(await connection());
    }
  };

  return {
    all: (table) => withDatabase((database) => database.getAll(table)),
    get: (table, id) => withDatabase((database) => database.get(table, id)),
    write: (change) => withDatabase((database) => writeAll(database, change)),
    clear: async () => {
      await writeAll(await connection(), null);
      (await connection()).close();
      connecting = null;
      // A tab that sleeps may keep it from being deleted for a while; it is empty.
      await within(DELETING_MS, deleteDB(NAME)).catch(() => {});
    },
  };
}

/**
 * In one transaction; null empties all.
 * @param {import("../vendor/idb/index.js").IDBPDatabase} database @param {Change | null} change
 */
async function writeAll(database, change) {
  const writes = change === null ? [] : parts(change);
  const tables = change === null ? TABLES : writes.map(([table]) => table);
  if (!tables.length) return;
  const transaction = database.transaction(tables, "readwrite");
  /** @type {Promise<unknown>[]} */
  const deeds = [];
  try {
    if (change === null) deeds.push(...tables.map((table) => transaction.objectStore(table).clear()));
    for (const [table, { put, remove }] of writes) {
      const rows = transaction.objectStore(table);
      deeds.push(...put.map((row) => rows.put(row)), ...remove.map((id) => rows.delete(id)));
    }
    await Promise.all([...deeds, transaction.done]);
  } catch (error) {
    for (const deed of [...deeds, transaction.done]) deed.catch(() => {}); // one error is enough
    try {
      transaction.abort(); // a row that cannot be written must not leave the others half the change
    } catch {
      // It has ended by itself.
    }
    // Firefox tells why in the transaction alone.
    const names = [error, transaction.error].map((each) => (each instanceof Error ? each.name : ""));
    if (!names.includes("QuotaExceededError")) throw error;
    throw new StorageFull("This browser gives no more room.", { cause: error });
  }
}

/** @param {Change} change */
function parts(change) {
  const entries = /** @type {[Table, { put?: any[], remove?: string[] }][]} */ (Object.entries(change));
  return entries.map(([table, { put = [], remove = [] }]) => /** @type {const} */ ([table, { put, remove }]));
}

/** @template T @param {number} ms @param {Promise<T>} promise */
async function within(ms, promise) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const late = new Promise((_, reject) => (timer = setTimeout(() => reject(new Error("no answer in time")), ms)));
  try {
    return await /** @type {Promise<T>} */ (Promise.race([promise, late]));
  } finally {
    clearTimeout(timer);
  }
}
