'use strict';

/** The rooms of the agent, and which others each may import: the table of docs and CONTRIBUTING. */
const ROOMS = {
  protocol: [],
  support: [],
  repository: ['support'],
  worktrees: ['support'],
  components: ['support', 'protocol'],
  protection: ['repository', 'worktrees', 'support'],
  monitor: ['worktrees', 'components', 'support'],
  healing: ['monitor', 'protection', 'worktrees', 'components', 'support'],
  manager: ['monitor', 'healing', 'protection', 'support'],
  embedding: ['manager', 'monitor', 'healing', 'protection', 'components', 'protocol', 'support'],
  server: ['manager', 'protocol', 'support'],
  cli: ['protocol', 'support'],
};

/** Rooms whose types alone a room may name, because objects of them are passed in. */
const TYPES_FROM = { server: ['protection'], support: ['protocol'] };

const roomRules = Object.entries(ROOMS).map(([room, allowed]) => ({
  name: `room-${room}`,
  comment: `agent/${room} may import ${allowed.join(', ') || 'nothing of ours'}.`,
  severity: 'error',
  from: { path: `^agent/${room}/` },
  to: {
    path: '^(agent|extension|test)/',
    pathNot: [room, ...allowed, ...(TYPES_FROM[room] ?? [])].map((name) => `^agent/${name}/`),
  },
}));

const typeRules = Object.entries(TYPES_FROM).map(([room, others]) => ({
  name: `room-${room}-types`,
  comment: `agent/${room} may import types alone from ${others.join(', ')}.`,
  severity: 'error',
  from: { path: `^agent/${room}/` },
  to: { path: others.map((name) => `^agent/${name}/`), dependencyTypesNot: ['type-only'] },
}));

/** The files of agent/ itself: they put the rooms together, and no room knows them. */
const WIRING =
  '^agent/(main|background-agent|terminal-command|worker-thread|given-passphrase|index|worker-script|agent-process|open-embedded|open-health|open-protection|open-server|open-system|version)\\.ts$';

/** Packages that belong to one place. */
const HOMES = [
  {
    name: 'store-packages',
    packages: ['classic-level', 'abstract-level', '@toondepauw/node-zstd', 'lz4-napi'],
    home: ['^agent/repository/'],
  },
  { name: 'watcher-package', packages: ['@parcel/watcher'], home: ['^agent/worktrees/'] },
  { name: 'vscode-module', packages: ['vscode', '@types/vscode'], home: ['^extension/'] },
  {
    name: 'terminal-packages',
    packages: ['commander', 'cli-progress', 'cli-table3', 'cross-spawn'],
    home: ['^agent/cli/'],
  },
];

const homeRules = HOMES.map(({ name, packages, home }) => ({
  name,
  comment: `${packages.join(', ')}: only in ${home.join(', ')} and in tests.`,
  severity: 'error',
  from: { path: '^(agent|extension)/', pathNot: home },
  to: { path: packages.map((name) => `(^|node_modules/)${name}(/|$)`) },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...roomRules,
    ...typeRules,
    ...homeRules,
    {
      name: 'rooms-are-known',
      comment: 'Only the wiring lies in agent/ itself, and every room has its rule.',
      severity: 'error',
      from: {},
      to: { path: '^agent/', pathNot: [`^agent/(${Object.keys(ROOMS).join('|')})/`, WIRING] },
    },
    {
      name: 'extension',
      comment: 'The extension talks to the agent: of the agent it may import agent/protocol alone.',
      severity: 'error',
      from: { path: '^extension/' },
      to: { path: '^(agent|test)/', pathNot: '^agent/protocol/' },
    },
    {
      name: 'clients',
      comment: 'Clients are programs like any other: of the agent they may import the protocol.',
      severity: 'error',
      from: { path: '^clients/' },
      to: { path: '^(agent|extension|test)/', pathNot: '^agent/(protocol|support)/' },
    },
    {
      name: 'wiring',
      comment: 'The wiring may import every room, and nothing else of ours.',
      severity: 'error',
      from: { path: WIRING },
      to: { path: '^(extension|test)/' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      comment: 'A file that nobody imports is forgotten, or is an entry that belongs in this list.',
      severity: 'error',
      from: {
        orphan: true,
        pathNot: ['\\.d\\.ts$', WIRING, '^agent/protocol/generate\\.ts$', '^(test|clients)/'],
      },
      to: {},
    },
    {
      name: 'no-unresolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^vscode$' },
    },
    {
      name: 'no-dev-packages-in-what-ships',
      severity: 'error',
      from: { path: '^(agent|extension)/' },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        dependencyTypesNot: ['type-only'],
        pathNot: '(^|node_modules/)@types/',
      },
    },
    {
      name: 'no-deprecated-core',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['core'], path: '^(punycode|domain|sys|constants)$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    // Types count as well: a cycle of types is a cycle.
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['node', 'require', 'types', 'default'],
    },
  },
};
