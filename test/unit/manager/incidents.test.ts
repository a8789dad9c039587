import assert from 'node:assert/strict';
import { Correlator } from '../../../agent/manager/incidents/correlator';
import type { IncidentRecord, Signal } from '../../../agent/manager/incidents/incident';
import {
  checkPacks,
  checkProcesses,
  checkSources,
  type KnownSource,
  type Reality,
} from '../../../agent/manager/incidents/cross-checks';

const START = Date.UTC(2026, 4, 4, 10);
const SECOND = 1000;

describe('Incidents', () => {
  let correlator: Correlator;
  let told: string[];

  beforeEach(() => {
    let number = 0;
    correlator = new Correlator(() => `i${String((number += 1))}`);
    told = [];
    correlator.onChange.on(({ kind, incident }) => told.push(`${incident.id} ${kind}`));
  });

  function alert(name: string, changes: Partial<Signal> = {}): Signal {
    return {
      key: `alert ${name}`,
      kind: 'alert',
      subject: { kind: 'component', id: name, name },
      group: `components of ${name}`,
      severity: 'warning',
      message: `${name} is down`,
      isOpen: true,
      cause: null,
      dependsOn: [],
      ...changes,
    };
  }

  function roles({ parts }: IncidentRecord): string[] {
    return parts.map(({ subject, role }) => `${subject.id} ${role}`);
  }

  const only = (): IncidentRecord => {
    assert.equal(correlator.records.length, 1);
    return correlator.get('i1');
  };

  it('put what depends on something that is down into the same incident', () => {
    correlator.observe(alert('database'), START);
    correlator.observe(alert('api', { dependsOn: ['database'] }), START + 20 * SECOND);
    correlator.observe(alert('web', { dependsOn: ['api'] }), START + 90 * SECOND);
    assert.deepEqual(roles(only()), ['database cause', 'api consequence', 'web consequence']);
  });

  it('find the cause also when it comes to light after what follows from it', () => {
    correlator.observe(alert('api', { dependsOn: ['database'] }), START);
    correlator.observe(alert('database'), START + 10 * SECOND);
    assert.deepEqual(roles(only()), ['api consequence', 'database cause']);
  });

  it('put together what happens in one worktree within 30 s, and nothing later', () => {
    const here = { group: '/work/app' };
    correlator.observe(alert('index', here), START);
    correlator.observe(alert('objects', { group: '/work/app/.git' }), START + 29 * SECOND);
    assert.deepEqual(roles(only()), ['index cause', 'objects related']);
    correlator.observe(alert('refs', here), START + 60 * SECOND);
    assert.equal(correlator.records.length, 2);
  });

  it('keep apart what has nothing to do with each other', () => {
    correlator.observe(alert('one', { group: '/work/app' }), START);
    correlator.observe(alert('two', { group: '/work/app-2' }), START);
    assert.equal(correlator.records.length, 2);
  });

  it('take a cause that is known however long ago it began', () => {
    correlator.observe(alert('disk', { group: 'disk /' }), START);
    const late = alert('backup', { cause: 'alert disk', group: '/work/app' });
    correlator.observe(late, START + 3600 * SECOND);
    assert.deepEqual(roles(only()), ['disk cause', 'backup consequence']);
  });

  it('end when all that was wrong in them is over, and tell each change once', () => {
    correlator.observe(alert('database', { severity: 'critical' }), START);
    correlator.observe(alert('api', { dependsOn: ['database'] }), START + SECOND);
    correlator.observe(alert('api', { dependsOn: ['database'] }), START + 2 * SECOND);
    correlator.observe(alert('database', { isOpen: false }), START + 40 * SECOND);
    assert.equal(only().state, 'open');
    correlator.observe(alert('api', { isOpen: false }), START + 50 * SECOND);
    assert.deepEqual(told, ['i1 opened', 'i1 changed', 'i1 changed', 'i1 closed']);
    const { severity, closedAt, timeline } = only();
    assert.equal(severity, 'critical');
    assert.equal(closedAt, START + 50 * SECOND);
    assert.deepEqual(
      timeline.map(({ text }) => text),
      ['database is down', 'api is down', 'over: database is down', 'over: api is down'],
    );
    // The same again is another one.
    correlator.observe(alert('database'), START + 300 * SECOND);
    assert.equal(correlator.records.length, 2);
  });

  it('tell what was done, and when a person is needed', () => {
    correlator.observe(alert('api'), START);
    const api = { kind: 'component', id: 'api', name: 'api' };
    correlator.tell(api, 'recovery r1: under way', false, START + 5 * SECOND);
    correlator.tell(api, 'recovery r1: nothing is left to try', true, START + 9 * SECOND);
    assert.equal(only().state, 'person');
    assert.equal(correlator.close('i1', 'closed by ann', START + 60 * SECOND).state, 'closed');
    assert.equal(only().timeline.at(-1)?.text, 'closed by ann');
  });

  it('wait for a person while something is lost, whatever healing does meanwhile', () => {
    const app = { kind: 'worktree', id: 'app', name: 'app' } as const;
    const loss = alert('app', { key: 'loss app', kind: 'loss', subject: app });
    correlator.observe(loss, START);
    correlator.observe({ ...loss, key: 'alert app', kind: 'alert' }, START + SECOND);
    correlator.tell(app, 'recovery r1: under way', false, START + 2 * SECOND);
    assert.equal(only().state, 'person');
    correlator.observe({ ...loss, isOpen: false }, START + 3 * SECOND);
    correlator.tell(app, 'recovery r1: verified', false, START + 4 * SECOND);
    assert.equal(only().state, 'open');
  });

  it('forget the oldest that are over, never one that is open', () => {
    correlator.observe(alert('first'), START);
    for (let n = 0; n < 300; n++) {
      correlator.observe(alert(`c${String(n)}`), START + n * SECOND);
      correlator.observe(alert(`c${String(n)}`, { isOpen: false }), START + n * SECOND);
    }
    assert.ok(correlator.records.length <= 201);
    assert.equal(correlator.records.find(({ id }) => id === 'i1')?.state, 'open');
  });
});

describe('What the parts of the agent believe, compared', () => {
  const source: KnownSource = {
    id: 'a1',
    path: '/work/app',
    group: '/work/app',
    isFailing: false,
    behindMs: 0,
    commonDir: '/work/app/.git',
    gitDir: '/work/app/.git',
  };
  const reality = (there: readonly string[], worktrees: readonly string[] = []): Reality => ({
    isThere: (path) => Promise.resolve(there.includes(path)),
    namesIn: () => Promise.resolve(worktrees),
    isAlive: () => false,
  });

  it('agrees while everything is as it is believed to be', async () => {
    assert.deepEqual(await checkSources([source], reality(['/work/app'])), []);
    assert.deepEqual(checkPacks(['p1'], new Set(['p1', 'p2'])), []);
    assert.deepEqual(checkProcesses([], reality([])), []);
  });

  it('tells of a folder that is gone while its protection believes it to be well', async () => {
    const [found] = await checkSources([source], reality([]));
    assert.match(found?.message ?? '', /\/work\/app is protected and believed to be well/);
    // Where protection knows, there is nothing to tell.
    assert.deepEqual(await checkSources([{ ...source, isFailing: true }], reality([])), []);
  });

  it('tells nothing of a worktree that git was asked to remove', async () => {
    const gitDir = '/work/app/.git/worktrees/topic';
    const linked = { ...source, path: '/work/topic', gitDir, commonDir: '/work/app/.git' };
    assert.deepEqual(await checkSources([linked], reality(['/work/app/.git'])), []);
    assert.equal((await checkSources([linked], reality(['/work/app/.git', gitDir]))).length, 1);
    assert.equal((await checkSources([linked], reality([]))).length, 1);
  });

  it('tells of a worktree that git knows and Bulwark does not', async () => {
    const linked = '/work/app/.git/worktrees/topic';
    const found = await checkSources(
      [source],
      reality(['/work/app', `${linked}/gitdir`], ['topic', 'half-removed']),
    );
    assert.deepEqual(
      found.map(({ key }) => key),
      [`check worktree ${linked}`],
    );
  });

  it('tells of a journal that stays behind the disk, and of packs that are not there', async () => {
    const [behind] = await checkSources([{ ...source, behindMs: 90_000 }], reality(['/work/app']));
    assert.match(behind?.message ?? '', /not in the journal after 90 s/);
    const [packs] = checkPacks(['p1', 'p2'], new Set(['p1']));
    assert.match(packs?.message ?? '', /names a pack that is not on the disk: p2/);
  });
});
