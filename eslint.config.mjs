// @ts-check
import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** Time comes from a Clock that is passed in, so that tests can move it. */
const TIME_GLOBALS = ['setTimeout', 'setInterval'].map((name) => ({
  name,
  message: 'Take a Clock: time is passed in.',
}));
const TIME_SYNTAX = [
  {
    selector: "MemberExpression[object.name='Date'][property.name='now']",
    message: 'Take a Clock: time is passed in.',
  },
  {
    selector: "NewExpression[callee.name='Date'][arguments.length=0]",
    message: 'Take a Clock: time is passed in.',
  },
  {
    selector:
      "MemberExpression[object.name='globalThis'][property.name=/^(setTimeout|setInterval)$/]",
    message: 'Take a Clock: time is passed in.',
  },
];
const TIME_IMPORTS = ['node:timers', 'node:timers/promises', 'timers', 'timers/promises'].map(
  (name) => ({ name, message: 'Take a Clock: time is passed in.' }),
);

const EXIT_SYNTAX = {
  selector: "MemberExpression[object.name='process'][property.name=/^(exit|reallyExit|abort)$/]",
  message: 'Only agent/main.ts and the commands end the process.',
};

const STYLE_SYNTAX = [
  { selector: 'TSEnumDeclaration', message: 'Use a union of literals.' },
  { selector: 'ExportDefaultDeclaration', message: 'Export by name.' },
  {
    selector: 'ExportAllDeclaration',
    message: 'No barrels: import from the file that has it.',
  },
];

export default tseslint.config(
  {
    ignores: ['dist/', 'out/', '.cache/', '.vscode-test/', 'test-results/'],
  },
  {
    // A rule that is in the way is changed here, for everyone, or not at all.
    linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'error' },
  },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      'no-restricted-syntax': ['error', ...STYLE_SYNTAX, ...TIME_SYNTAX, EXIT_SYNTAX],
      'no-restricted-globals': ['error', ...TIME_GLOBALS],
      'no-restricted-imports': ['error', { paths: TIME_IMPORTS }],
      'max-lines': ['error', { max: 400 }],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/ban-ts-comment': [
        'error',
        { 'ts-expect-error': true, 'ts-ignore': true, 'ts-nocheck': true, 'ts-check': true },
      ],
      // `as const` is fine; anything else tells the compiler what it cannot know.
      '@typescript-eslint/consistent-type-assertions': ['error', { assertionStyle: 'never' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // An async function may implement an interface without waiting for anything itself.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/consistent-type-definitions': 'off',
      // `() => void | Promise<void>`: whoever calls it waits for it.
      '@typescript-eslint/no-invalid-void-type': 'off',
      // Spreading a string gives its code points, which is what is meant here.
      '@typescript-eslint/no-misused-spread': ['error', { allow: ['string'] }],
      // Escape sequences of terminals are control characters.
      'no-control-regex': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_' },
      ],
    },
  },
  {
    files: ['agent/support/clock.ts', 'extension/clock.ts'],
    rules: {
      'no-restricted-syntax': ['error', ...STYLE_SYNTAX, EXIT_SYNTAX],
      'no-restricted-globals': 'off',
      'no-restricted-imports': 'off',
    },
  },
  {
    files: ['agent/main.ts', 'agent/cli/**/*.ts', 'agent/protocol/generate.ts'],
    rules: {
      'no-restricted-syntax': ['error', ...STYLE_SYNTAX, ...TIME_SYNTAX],
      'no-console': 'off',
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      'no-restricted-syntax': ['error', ...STYLE_SYNTAX],
      'no-restricted-globals': 'off',
      'no-restricted-imports': 'off',
      'no-console': 'off',
      // Mocha's own functions return promises that it waits for by itself.
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [{ from: 'package', name: ['it', 'describe'], package: 'mocha' }],
        },
      ],
    },
  },
  {
    files: ['**/*.mjs', '**/*.cjs', '**/*.js'],
    languageOptions: {
      globals: Object.fromEntries(
        [
          'AbortController',
          'AbortSignal',
          'Buffer',
          'URL',
          'clearInterval',
          'clearTimeout',
          'console',
          'fetch',
          'performance',
          'process',
          'setInterval',
          'setTimeout',
          'structuredClone',
        ].map((name) => [name, 'readonly']),
      ),
    },
  },
  {
    // Run inside the page of a browser.
    files: ['**/e2e/**/*.mjs', 'scripts/e2e.mjs'],
    languageOptions: { globals: { document: 'readonly', window: 'readonly' } },
  },
  {
    files: ['**/*.cjs', '**/*.js'],
    languageOptions: {
      sourceType: 'commonjs',
      globals: Object.fromEntries(
        ['__dirname', '__filename', 'exports', 'module', 'require'].map((name) => [
          name,
          'readonly',
        ]),
      ),
    },
  },
);
