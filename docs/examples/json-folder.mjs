// A program that keeps JSON documents in a folder and rewrites them all the time:
//   node json-folder.mjs FOLDER [idle]
// Two documents change together, so there is no moment at which just any reader sees both as they
// should be. The freeze ends between two changes and holds the next one back for as long as it lasts.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { keepRegistered } from './bulwark.mjs';

const [, , given = 'documents', mode] = process.argv;
// The agent has another current folder.
const folder = resolve(given);
const ACCOUNTS = 50;
mkdirSync(folder, { recursive: true });

/** Freezes that hold changes back; a limit of time ends each, should the thaw never come. */
const frozen = new Map();
/** The change that is under way. */
let change = Promise.resolve();

function thaw(id) {
  clearTimeout(frozen.get(id));
  return frozen.delete(id);
}

const file = (n) => join(folder, `account-${n}.json`);
const read = (n) => JSON.parse(readFileSync(file(n), 'utf8'));
function write(n, document) {
  writeFileSync(`${file(n)}.new`, JSON.stringify(document, null, 2));
  renameSync(`${file(n)}.new`, file(n));
}

if (mode !== 'idle')
  for (let n = 0; n < ACCOUNTS; n++) write(n, { owner: `owner ${n}`, balance: 100 });

void keepRegistered(
  'json-accounts',
  { kind: 'files', path: folder, freezeMs: 10_000 },
  {
    async 'data-source/freeze'({ freeze, limitMs }) {
      frozen.set(
        freeze,
        setTimeout(() => frozen.delete(freeze), limitMs),
      );
      await change;
      return {};
    },
    // Not held where the limit came first: then this is no backup.
    'data-source/thaw': ({ freeze }) => ({ held: thaw(freeze) }),
  },
  () => {
    for (const id of frozen.keys()) thaw(id);
  },
);

async function transfer(from, to) {
  const [a, b] = [read(from), read(to)];
  write(from, { ...a, balance: a.balance - 1 });
  await sleep(1);
  write(to, { ...b, balance: b.balance + 1 });
}

if (mode !== 'idle') {
  for (let transfers = 1; ; transfers++) {
    while (frozen.size > 0) await sleep(5);
    change = transfer(transfers % ACCOUNTS, (transfers * 6 + 1) % ACCOUNTS);
    await change;
    if (transfers % 20 === 0) console.log(`${transfers} transfers`);
  }
}
