import assert from 'node:assert/strict';
import { readSettingsText } from '../../../agent/components/settings-file';

const read = (value: unknown): { names: string[]; problems: string[] } => {
  const { components, problems } = readSettingsText(
    typeof value === 'string' ? value : JSON.stringify(value),
  );
  return {
    names: [...components.keys()],
    problems: problems.map(
      ({ component, key, message }) => `${component ?? 'file'} ${key} ${message}`,
    ),
  };
};
const only = (name: string, spec: unknown): string => {
  const { names, problems } = read({
    components: { [name]: spec, fine: { kind: 'tcp', port: 1 } },
  });
  assert.deepEqual(names, ['fine'], 'the rest goes on');
  assert.equal(problems.length, 1, problems.join());
  return problems[0] ?? '';
};

describe('a mistake in bulwark.json is named, and the rest counts', () => {
  it('no JSON, or something else than settings', () => {
    for (const text of ['', '{', '[]', '"x"', 'null', '{"component": {}}', '{"components": []}']) {
      const { names, problems } = read(text);
      assert.deepEqual(names, []);
      assert.equal(problems.length, 1, text);
    }
  });
  it('an unknown kind', () => {
    assert.match(only('web', { kind: 'ftp' }), /^web kind /);
  });
  it('a key that is spelled wrong', () => {
    assert.match(only('web', { kind: 'tcp', prot: 1, port: 2 }), /^web {2}.*prot/);
  });
  it('an interval of 0', () => {
    assert.match(only('web', { kind: 'tcp', port: 1, intervalMs: 0 }), /^web intervalMs .*5000/);
  });
  it('an odd id', () => {
    for (const name of ['', '../web', 'a b', 'wéb', 'x'.repeat(64), '-rf', 'a/b', '__proto__ '])
      only(name, { kind: 'tcp', port: 1 });
  });
  it('a command without a program', () => {
    only('web', { kind: 'process', command: [] });
    only('web', { kind: 'process', command: [''] });
    only('web', { kind: 'process', command: 'npm start' });
  });
  it('an address that is none, or leads somewhere else', () => {
    for (const url of ['x', 'file:///etc/passwd', 'ftp://x/']) only('web', { kind: 'http', url });
  });
  it('a cycle, with the way around it', () => {
    const tcp = { kind: 'tcp', port: 1 };
    const { names, problems } = read({
      components: {
        a: { ...tcp, dependsOn: ['b'] },
        b: { ...tcp, dependsOn: ['a'] },
        c: { ...tcp, dependsOn: ['b'] },
        d: tcp,
      },
    });
    assert.deepEqual(names, ['d']);
    assert.deepEqual(
      problems.map((text) => text.split(' ')[0]),
      ['a', 'b', 'c'],
    );
    assert.match(problems[0] ?? '', /a → b → a/);
  });
  it('a dependency that is not there', () => {
    assert.match(only('web', { kind: 'tcp', port: 1, dependsOn: ['db'] }), /"db"/);
  });
});
