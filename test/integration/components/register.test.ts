import assert from 'node:assert/strict';
import type { ComponentView } from '../../../agent/components/component';
import { componentSpec } from '../../../agent/protocol/component-spec';
import { BulwarkError } from '../../../agent/support/errors';
import { ComponentWorld } from './component-world';

describe('a program that registers components', () => {
  let world: ComponentWorld;
  beforeEach(() => {
    world = new ComponentWorld();
  });
  afterEach(() => world.close());

  const register = (
    name: string,
    dependsOn: readonly string[] = [],
    by: object = world,
  ): Promise<ComponentView> =>
    world.registry.register(
      {
        spec: componentSpec.parse({ kind: 'heartbeat', everyMs: 60_000, dependsOn }),
        folder: world.folder,
        origin: { kind: 'program', name: 'test' },
      },
      name,
      by,
    );

  it('is refused a circle of dependencies, with the way around it, and nothing of it is taken up', async () => {
    await register('a', ['b']);
    await register('b', ['c']);
    await assert.rejects(register('c', ['x', 'a']), (error: unknown) => {
      assert.ok(error instanceof BulwarkError && error.reason === 'component-refused');
      assert.match(error.message, /c → a → b → c/);
      return true;
    });
    await assert.rejects(register('d', ['d']), { reason: 'component-refused' });
    assert.deepEqual(
      world.registry.list().map(({ id }) => String(id)),
      ['a', 'b'],
    );
    await register('c', ['x']);
    await assert.rejects(register('c', ['a']), { reason: 'component-refused' });
    assert.deepEqual([...world.registry.view('c').dependsOn], ['x'], 'it is as it was');
  });

  it('by ten thousand is held back at a thousand, and others are not', async () => {
    const taken = await Promise.allSettled(
      Array.from({ length: 10_000 }, (_, i) => register(`c${String(i)}`)),
    );
    const refused = taken.flatMap((one): unknown[] =>
      one.status === 'rejected' ? [one.reason] : [],
    );
    assert.equal(refused.length, 9_000);
    assert.ok(refused.every((error) => error instanceof BulwarkError && error.reason === 'busy'));
    assert.equal(world.registry.list().length, 1_000);
    await register('c0', ['c1']);
    await register('another', [], {});

    await world.registry.unregister('c7');
    await register('new');
    await assert.rejects(register('newer'), { reason: 'busy' });
  });
});
