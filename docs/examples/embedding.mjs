// A program that has Bulwark in its own process:
//   node embedding.mjs FOLDER
// Five parts that depend on each other: an orchestrator, a memory, a knowledge store, a manager of
// worktrees and a circuit breaker. Each is broken once; the program ends when all are well again.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createHardenedSystem } from 'bulwark';

const folder = resolve(process.argv[2] ?? 'embedding');
mkdirSync(folder, { recursive: true });

/** How often each of them is looked at. A real program leaves it at 10 s. */
const checkEveryMs = 1000;

/** Brings back what is kept of something, as it was last. */
async function bringBack(of) {
  const [newest] = await system.dataProtection.snapshots(of, 1);
  if (newest === undefined) throw new Error(`nothing is kept of ${of}`);
  await system.dataProtection.restore(newest.id);
}

/** What was said, by whom: records that lie in no file. */
class Memory {
  checkEveryMs = checkEveryMs;
  entries = new Map();
  data = {
    kind: 'records',
    // One moment: what is said later is in the next backup.
    export: () => [...this.entries].map(([key, json]) => ({ kind: 'json', key, json })),
    import: ({ mode, records, remove }) => {
      const next = new Map(mode === 'replace' ? [] : this.entries);
      for (const key of remove) next.delete(key);
      for (const { key, json } of records) next.set(key, json);
      this.entries = next;
    },
  };
  health() {
    if (!this.entries.has('purpose')) throw new Error('the purpose is forgotten');
  }
  restart() {
    return bringBack('memoryManager');
  }
}

/** What is known: files that belong together, and are written now and then. */
class Knowledge {
  checkEveryMs = checkEveryMs;
  path = join(folder, 'knowledge');
  frozen = false;
  data = {
    kind: 'files',
    path: this.path,
    freeze: () => {
      this.frozen = true;
    },
    thaw: () => {
      this.frozen = false;
      return true;
    },
  };
  learn(name, fact) {
    if (this.frozen) throw new Error('not now');
    mkdirSync(this.path, { recursive: true });
    writeFileSync(join(this.path, `${name}.json`), JSON.stringify(fact));
  }
  recall(name) {
    return JSON.parse(readFileSync(join(this.path, `${name}.json`), 'utf8'));
  }
  health() {
    this.recall('water');
  }
  restart() {
    return bringBack('knowledgeManager');
  }
}

/** Where the work is done: a repository with a worktree, both protected. */
class Worktrees {
  checkEveryMs = checkEveryMs;
  repository = join(folder, 'repository');
  linked = join(folder, 'feature');
  git(...args) {
    const me = ['-c', 'user.name=A', '-c', 'user.email=a@example.org'];
    return execFileSync('git', [...me, ...args], { cwd: this.repository, encoding: 'utf8' });
  }
  make() {
    if (existsSync(this.repository)) return;
    mkdirSync(this.repository);
    this.git('init', '-q');
    this.git('commit', '-q', '--allow-empty', '-m', 'begin');
    this.git('worktree', 'add', '-q', this.linked);
    writeFileSync(join(this.linked, 'draft.txt'), 'not committed');
  }
  health() {
    if (!existsSync(join(this.linked, 'draft.txt')))
      return { kind: 'down', why: 'the draft is gone' };
  }
  restart() {
    return bringBack(this.linked);
  }
}

/** Keeps from asking a service again that has failed. */
class Breaker {
  checkEveryMs = checkEveryMs;
  open = false;
  service = () => 'an answer';
  ask() {
    if (this.open) throw new Error('the breaker is open');
    try {
      return this.service();
    } catch (error) {
      this.open = true;
      throw error;
    }
  }
  health() {
    this.ask();
  }
  resetConnections() {
    this.service = () => 'an answer';
    this.open = false;
    this.ask();
  }
}

/** Has the work done, one step after the other, with the help of the others. */
class Orchestrator {
  checkEveryMs = checkEveryMs;
  dependsOn = ['memoryManager', 'knowledgeManager', 'worktreeManager', 'circuitBreaker'];
  running = false;
  restart() {
    this.running = true;
  }
  health() {
    if (!this.running) throw new Error('it has stopped');
  }
}

const memoryManager = new Memory();
const knowledgeManager = new Knowledge();
const worktreeManager = new Worktrees();
const circuitBreaker = new Breaker();
const orchestrator = new Orchestrator();
const parts = {
  orchestrator,
  memoryManager,
  knowledgeManager,
  worktreeManager,
  circuitBreaker,
};

memoryManager.entries.set('purpose', { text: 'to go on' });
knowledgeManager.learn('water', { boils: 100 });
worktreeManager.make();
orchestrator.restart();

const system = await createHardenedSystem(parts, {
  home: join(folder, 'bulwark'),
  name: 'the example',
  coordinationMode: 'autonomous',
});
const healed = new Set();
system.hardeningManager.on('alert_created', ({ alert }) => console.log(alert.message));
system.hardeningManager.on('recovery_completed', ({ recovery }) => {
  const { subject, state, steps, why } = recovery;
  const tried = steps.map(({ strategy }) => strategy).join(', then ');
  console.log(
    `${subject.name}: ${state} by ${tried || 'nothing'}${why === null ? '' : ` (${why})`}`,
  );
  if (state === 'healed') healed.add(subject.id);
});
try {
  await system.dataProtection.protect(worktreeManager.repository);
  for (const of of ['memoryManager', 'knowledgeManager', worktreeManager.linked])
    await system.dataProtection.snapshot(of, 'before it is broken');

  memoryManager.entries.clear();
  writeFileSync(join(knowledgeManager.path, 'water.json'), '{ "boils": 1');
  rmSync(worktreeManager.linked, { recursive: true });
  circuitBreaker.service = () => {
    throw new Error('the service is down');
  };
  orchestrator.running = false;

  const names = Object.keys(parts);
  const isUp = ({ name, state }) => state === 'up' && healed.has(name);
  for (let seconds = 0; seconds < 240; seconds++) {
    if (system.getStatus().components.filter(isUp).length === names.length) break;
    await sleep(1000);
  }
  for (const { name, state, why } of system.getStatus().components)
    console.log(`${name} is ${state}${why === null ? '' : `: ${why}`}`);
  const { recoveries } = system.getMetrics();
  console.log(`${recoveries.healed} of ${recoveries.ended} recoveries healed`);
  if (names.some((name) => !healed.has(name))) process.exitCode = 1;
  else console.log(`Still there: ${readFileSync(join(worktreeManager.linked, 'draft.txt'))}`);
} finally {
  await system.shutdown();
}
