// A program with a LevelDB store, whose records Bulwark keeps while it works:
//   node leveldb.mjs FOLDER [idle]
// It moves money between accounts, each time in one batch, so that the sum never changes. LevelDB
// reads of a moment by itself: an iterator sees nothing that is written after it was made.
import { ClassicLevel } from 'classic-level';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { keepRegistered } from './bulwark.mjs';

const [, , given = 'leveldb', mode] = process.argv;
// The agent has another current folder.
const folder = resolve(given);
const ACCOUNTS = 2000;
const db = new ClassicLevel(folder, { keyEncoding: 'buffer', valueEncoding: 'buffer' });
await db.open();

/** Pulls that are under way, each with its moment. */
const moments = new Map();
/** What a restore has sent so far. */
let restored = [];
let replace = false;

async function letGo() {
  restored = [];
  for (const iterator of moments.values()) await iterator.close();
  moments.clear();
}

const key = (text) => Buffer.from(text, 'utf8');

const account = (n) => `account:${String(n).padStart(5, '0')}`;
if (mode !== 'idle')
  await db.batch(
    Array.from({ length: ACCOUNTS }, (_, i) => ({
      type: 'put',
      key: key(account(i)),
      value: key('100'),
    })),
  );

void keepRegistered(
  'leveldb-accounts',
  { kind: 'records', restores: true },
  {
    async 'data-source/pull'({ pull, cursor, maxRecords, maxBytes }) {
      if (cursor === null) moments.set(pull, db.iterator());
      const records = [];
      let bytes = 0;
      const iterator = moments.get(pull);
      // Values are small here; one of more than a page would have to be sent in parts ("more").
      while (records.length < maxRecords && bytes < maxBytes / 2) {
        const entry = await iterator.next();
        if (entry === undefined) return { records, next: null };
        bytes += entry[1].length;
        const text = entry[0].toString('utf8');
        records.push({ kind: 'bytes', key: text, bytes: entry[1].toString('base64') });
      }
      return { records, next: records.at(-1).key };
    },
    async 'data-source/endPull'({ pull }) {
      await moments.get(pull)?.close();
      moments.delete(pull);
      return {};
    },
    'data-source/beginRestore'(params) {
      restored = [];
      replace = params.mode === 'replace';
      return {};
    },
    'data-source/restore'({ records, remove }) {
      for (const record of records)
        restored.push({
          type: 'put',
          key: key(record.key),
          value: Buffer.from(record.bytes, 'base64'),
        });
      for (const gone of remove) restored.push({ type: 'del', key: key(gone) });
      return {};
    },
    async 'data-source/commitRestore'() {
      const before = replace ? await db.keys().all() : [];
      // One batch is all or nothing.
      const dels = before.map((old) => ({ type: 'del', key: old }));
      await db.batch([...dels, ...restored], { sync: true });
      restored = [];
      return {};
    },
    'data-source/abortRestore'() {
      restored = [];
      return {};
    },
  },
  () => void letGo(),
);

if (mode !== 'idle') {
  for (let transfers = 1; ; transfers++) {
    // Half of the accounts only give: never are all as they were at first.
    const [from, to] = [transfers % ACCOUNTS, (transfers * 6 + 1) % ACCOUNTS];
    if (from === to) continue;
    const read = async (n) => Number(await db.get(key(account(n))));
    await db.batch([
      { type: 'put', key: key(account(from)), value: key(String((await read(from)) - 1)) },
      { type: 'put', key: key(account(to)), value: key(String((await read(to)) + 1)) },
    ]);
    if (transfers % 100 === 0) {
      console.log(`${transfers} transfers`);
      await sleep(1);
    }
  }
}
