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
  it('a name that JavaScript keeps for itself', () => {
    const { names, problems } = read('{"components": {"__proto__": {"kind": "tcp", "port": 1}}}');
    assert.deepEqual(names, []);
    assert.equal(problems.length, 1);
  });
  it('in words for people', () => {
    const said = (spec: unknown): string => only('web', spec).split(' ').slice(2).join(' ');
    assert.equal(said({ kind: 'tcp' }), 'it is missing');
    assert.equal(said({ kind: 'tcp', port: '80' }), 'it must be a number');
    assert.equal(said({ kind: 'tcp', port: 70_000 }), 'it must be at most 65535');
    assert.match(said({ kind: 'ftp' }), /^it must be one of: process, http/);
    assert.match(said({ kind: 'http', url: 'localhost' }), /begins with http:/);
    assert.match(said({ kind: 'tcp', port: 1, prot: 2 }), /^nothing is known by .*"prot"/);
    assert.equal(said([]), 'it must be an object { … }');
  });
  it('a dependency that is not there', () => {
    assert.match(only('web', { kind: 'tcp', port: 1, dependsOn: ['db'] }), /"db"/);
  });
});

describe('a mistake in bulwark.json is told with its line and column', () => {
  /** `LINE:COLUMN` of each problem. */
  const places = (text: string): string[] =>
    readSettingsText(text).problems.map(({ line, column }) => `${String(line)}:${String(column)}`);
  const inWeb = (...lines: string[]): string =>
    ['{', '  "components": {', '    "web": {', ...lines, '    }', '  }', '}'].join('\n');

  it('of syntax, where it is no JSON any more, and says what is missing', () => {
    assert.deepEqual(places('{\n  "components": {\n    "web" {}\n  }\n}'), ['3:11']);
    assert.deepEqual(places(''), ['1:1']);
    assert.deepEqual(places('{ // mine\n}'), ['1:3']);
    assert.deepEqual(places('{\r\n"components": {},\r\n}'), ['3:1']);
    assert.match(readSettingsText('{"a" 1}').problems[0]?.message ?? '', /no JSON: colon expected/);
  });
  it('of a value, where the value begins', () => {
    assert.deepEqual(places(inWeb('      "kind": "tcp",', '      "port": 70000')), ['5:15']);
    assert.deepEqual(places('\ufeff{"components": []}'), ['1:16']);
    assert.deepEqual(places('[]'), ['1:1']);
  });
  it('of a key that nobody knows, where the key is', () => {
    assert.deepEqual(places(inWeb('      "kind": "tcp", "port": 1,', '      "prot": 2')), ['5:7']);
    assert.deepEqual(places('{"x": 1,\n "component": {}}'), ['1:2']);
    assert.deepEqual(places('{"components": {"a b": {"kind": "tcp", "port": 1}}}'), ['1:17']);
  });
  it('of a key that is missing, where it would be', () => {
    assert.deepEqual(places(inWeb('      "kind": "tcp"')), ['3:12']);
  });
  it('of a key that is there twice, at the one that counts', () => {
    assert.deepEqual(places(inWeb('"kind": "tcp", "port": 1,', '"port": 0')), ['5:9']);
  });
  it('of a dependency, where its name is', () => {
    const tcp = '"kind": "tcp", "port": 1';
    assert.deepEqual(
      places(`{"components": {\n"a": {${tcp}, "dependsOn": [\n"b"]},\n"b": {${tcp}}}}`),
      [],
    );
    assert.deepEqual(places(`{"components": {"a": {${tcp}, "dependsOn": [\n"b"]}}}`), ['2:1']);
    assert.deepEqual(
      places(
        `{"components": {"a": {${tcp}, "dependsOn": [\n"b"]},\n"b": {${tcp}, "dependsOn": [\n "a"]}}}`,
      ),
      ['2:1', '4:2'],
    );
  });
  it('unless it is nested so deeply that no place can be told', () => {
    for (const text of ['['.repeat(500_000), `${'['.repeat(500_000)}${']'.repeat(500_000)}`])
      assert.deepEqual(places(text), ['null:null']);
  });
});
