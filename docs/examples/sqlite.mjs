// A program with a SQLite database in WAL mode, kept by Bulwark while it is written to:
//   node sqlite.mjs FOLDER [idle]
// It needs the command "sqlite3". Files of a database in use are never copied: the freeze has SQLite
// itself write a copy of one moment (VACUUM INTO), and that is what is kept. Writing goes on.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { keepRegistered } from './bulwark.mjs';

const [, , given = 'sqlite', mode] = process.argv;
// The agent has another current folder.
const folder = resolve(given);
const ACCOUNTS = 500;
const database = join(folder, 'accounts.db');
const copies = join(folder, 'backup');
const copy = join(copies, 'accounts.db');
mkdirSync(copies, { recursive: true });

function sqlite(sql) {
  const { status, stderr } = spawnSync('sqlite3', ['-cmd', '.timeout 10000', database, sql], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
}

let writer = null;
async function stopWriting() {
  if (writer === null) return;
  const closed = new Promise((resolve) => writer.once('close', resolve));
  writer.stdin.end('.quit\n');
  writer = null;
  await closed;
}
function startWriting() {
  if (mode === 'idle' || writer !== null) return;
  writer = spawn('sqlite3', ['-cmd', '.timeout 10000', database], {
    stdio: ['pipe', 'ignore', 'inherit'],
  });
}

if (mode !== 'idle')
  sqlite(`PRAGMA journal_mode=WAL; CREATE TABLE IF NOT EXISTS account(id INTEGER PRIMARY KEY, balance INTEGER);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ACCOUNTS})
    INSERT OR IGNORE INTO account SELECT i, 100 FROM n;`);

void keepRegistered(
  'sqlite-accounts',
  { kind: 'files', path: copies, files: ['accounts.db'], freezeMs: 60_000 },
  {
    async 'data-source/freeze'({ why }) {
      if (why === 'restore') await stopWriting();
      else {
        rmSync(copy, { force: true });
        sqlite(`VACUUM INTO '${copy.replaceAll("'", "''")}'`);
      }
      return {};
    },
    'data-source/thaw'({ why }) {
      if (why === 'restore' && existsSync(copy)) {
        // The log belongs to the database that is replaced.
        for (const end of ['-wal', '-shm']) rmSync(database + end, { force: true });
        renameSync(copy, database);
      }
      startWriting();
      return { held: true };
    },
  },
  startWriting,
);

if (mode !== 'idle') {
  startWriting();
  for (let transfers = 1; ; transfers++) {
    // Half of the accounts only give: never are all as they were at first.
    const [from, to] = [1 + (transfers % ACCOUNTS), 1 + ((transfers * 6) % ACCOUNTS)];
    writer?.stdin.write(
      `BEGIN IMMEDIATE; UPDATE account SET balance = balance - 1 WHERE id = ${from};` +
        `UPDATE account SET balance = balance + 1 WHERE id = ${to}; COMMIT;\n`,
    );
    if (transfers % 20 === 0) {
      console.log(`${transfers} transfers`);
      await sleep(5);
    }
  }
}
