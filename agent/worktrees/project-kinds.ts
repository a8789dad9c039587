/** When something of a kind applies to a folder: this file is there, and says so. */
export interface Condition {
  /** Name of a file in the folder; `*.cabal` is any with that end. */
  readonly file: string;
  /** Text that it must hold. */
  readonly contains?: string;
  /** It is JSON, with a script of this name. */
  readonly script?: string;
}

/** What records the versions of dependencies, and how to see what is installed. */
export interface LockFile {
  readonly file: string;
  /** Program that installs by it; stands for `{tool}` in commands. */
  readonly tool: string;
  readonly install: string;
  /** Nothing is installed beside the project unless this folder is there. */
  readonly onlyWith?: string;
  /**
   * Written by the installation: `copy` is the lock file itself; `versions` a JSON file whose
   * `packages` are some of those of the lock file; `after` any file, changed later than it.
   */
  readonly marker: {
    /** The first that is there counts. */
    readonly paths: readonly string[];
    readonly by: 'copy' | 'versions' | 'after';
  };
}

/** A server that such a project usually has. */
export interface Offer {
  readonly name: string;
  readonly when: readonly Condition[];
  readonly command: readonly string[];
  /** Where it listens unless its command or script says otherwise. */
  readonly port?: number;
  /** Path that answers when it is well; its port alone counts without one. */
  readonly health?: string;
}

/** A kind of project, by data alone: no code knows one of them. */
export interface ProjectKind {
  readonly id: string;
  readonly title: string;
  /** Files of which one is at its root. */
  readonly markers: readonly string[];
  /** Folders that its tools make again, wherever they stand. */
  readonly regenerable?: readonly string[];
  /** Folders that count only beside one of these files. */
  readonly beside?: readonly { readonly folder: string; readonly files: readonly string[] }[];
  readonly locks?: readonly LockFile[];
  readonly offers?: readonly Offer[];
}

const NODE_SERVERS = ['dev', 'start', 'serve'] as const;

/** Where the development servers of JavaScript listen by default, as their documentation says. */
export const SCRIPT_PORTS: readonly { readonly word: string; readonly port: number }[] = [
  { word: 'vite', port: 5173 },
  { word: 'next', port: 3000 },
  { word: 'nuxt', port: 3000 },
  { word: 'nuxi', port: 3000 },
  { word: 'remix', port: 3000 },
  { word: 'react-scripts', port: 3000 },
  { word: 'astro', port: 4321 },
  { word: 'ng', port: 4200 },
  { word: 'gatsby', port: 8000 },
  { word: 'webpack', port: 8080 },
  { word: 'vue-cli-service', port: 8080 },
];

/**
 * The kinds of project that are recognised. What they call regenerable is what snapshots leave out
 * (docs/snapshots.md lists it).
 */
export const PROJECT_KINDS: readonly ProjectKind[] = [
  {
    id: 'node',
    title: 'Node.js',
    markers: ['package.json'],
    regenerable: [
      'node_modules',
      '.next',
      '.nuxt',
      '.turbo',
      '.parcel-cache',
      '.svelte-kit',
      '.angular',
    ],
    locks: [
      {
        file: 'package-lock.json',
        tool: 'npm',
        install: 'npm ci',
        marker: { paths: ['node_modules/.package-lock.json'], by: 'versions' },
      },
      {
        file: 'pnpm-lock.yaml',
        tool: 'pnpm',
        install: 'pnpm install --frozen-lockfile',
        marker: { paths: ['node_modules/.pnpm/lock.yaml'], by: 'copy' },
      },
      {
        file: 'yarn.lock',
        tool: 'yarn',
        install: 'yarn install',
        marker: {
          paths: ['node_modules/.yarn-state.yml', 'node_modules/.yarn-integrity', '.pnp.cjs'],
          by: 'after',
        },
      },
    ],
    offers: NODE_SERVERS.map((script) => ({
      name: 'web',
      when: [{ file: 'package.json', script }],
      command: ['{tool}', 'run', script],
    })),
  },
  {
    id: 'python',
    title: 'Python',
    markers: ['pyproject.toml', 'setup.py', 'requirements.txt', 'Pipfile', 'manage.py'],
    regenerable: [
      '.venv',
      '__pycache__',
      '.tox',
      '.nox',
      '.mypy_cache',
      '.pytest_cache',
      '.ruff_cache',
      '.hypothesis',
    ],
    locks: [
      {
        file: 'uv.lock',
        tool: 'uv',
        install: 'uv sync',
        marker: { paths: ['.venv/.lock'], by: 'after' },
      },
    ],
    offers: [
      {
        name: 'web',
        when: [{ file: 'manage.py' }],
        command: ['python', 'manage.py', 'runserver', '--noreload'],
        port: 8000,
      },
    ],
  },
  {
    id: 'rust',
    title: 'Rust',
    markers: ['Cargo.toml'],
    beside: [{ folder: 'target', files: ['Cargo.toml'] }],
  },
  {
    id: 'go',
    title: 'Go',
    markers: ['go.mod'],
    locks: [
      {
        file: 'go.mod',
        tool: 'go',
        install: 'go mod vendor',
        onlyWith: 'vendor',
        marker: { paths: ['vendor/modules.txt'], by: 'after' },
      },
    ],
  },
  {
    id: 'maven',
    title: 'Java (Maven)',
    markers: ['pom.xml'],
    beside: [{ folder: 'target', files: ['pom.xml'] }],
    offers: [
      {
        name: 'web',
        when: [
          { file: 'pom.xml', contains: 'spring-boot-maven-plugin' },
          { file: 'pom.xml', contains: 'spring-boot-starter-actuator' },
        ],
        command: ['mvn', 'spring-boot:run'],
        port: 8080,
        health: '/actuator/health',
      },
      {
        name: 'web',
        when: [{ file: 'pom.xml', contains: 'spring-boot-maven-plugin' }],
        command: ['mvn', 'spring-boot:run'],
        port: 8080,
      },
    ],
  },
  {
    id: 'gradle',
    title: 'Java or Kotlin (Gradle)',
    markers: ['build.gradle', 'build.gradle.kts', 'settings.gradle', 'settings.gradle.kts'],
    regenerable: ['.gradle'],
    beside: [{ folder: 'build', files: ['build.gradle', 'build.gradle.kts'] }],
    offers: ['build.gradle', 'build.gradle.kts'].map((file) => ({
      name: 'web',
      when: [{ file, contains: 'org.springframework.boot' }, { file: 'gradlew' }],
      command: ['./gradlew', 'bootRun'],
      port: 8080,
    })),
  },
  {
    id: 'scala',
    title: 'Scala',
    markers: ['build.sbt'],
    beside: [{ folder: 'target', files: ['build.sbt'] }],
  },
  {
    id: 'dotnet',
    title: '.NET',
    markers: ['*.sln', '*.csproj', '*.fsproj', '*.vbproj'],
    offers: [
      {
        name: 'web',
        when: [{ file: '*.csproj', contains: 'Microsoft.NET.Sdk.Web' }],
        command: ['dotnet', 'run', '--urls', 'http://127.0.0.1:5000'],
        port: 5000,
      },
    ],
  },
  {
    id: 'ruby',
    title: 'Ruby',
    markers: ['Gemfile', '*.gemspec'],
    offers: [
      {
        name: 'web',
        when: [{ file: 'Gemfile', contains: 'rails' }, { file: 'config.ru' }],
        command: ['bundle', 'exec', 'rails', 'server'],
        port: 3000,
      },
    ],
  },
  {
    id: 'php',
    title: 'PHP',
    markers: ['composer.json'],
    locks: [
      {
        file: 'composer.lock',
        tool: 'composer',
        install: 'composer install',
        marker: { paths: ['vendor/composer/installed.json'], by: 'after' },
      },
    ],
    offers: [
      {
        name: 'web',
        when: [{ file: 'artisan' }],
        command: ['php', 'artisan', 'serve'],
        port: 8000,
      },
    ],
  },
  {
    id: 'elixir',
    title: 'Elixir',
    markers: ['mix.exs'],
    beside: [
      { folder: '_build', files: ['mix.exs'] },
      { folder: 'deps', files: ['mix.exs'] },
    ],
    offers: [
      {
        name: 'web',
        when: [{ file: 'mix.exs', contains: ':phoenix' }],
        command: ['mix', 'phx.server'],
        port: 4000,
      },
    ],
  },
  {
    id: 'erlang',
    title: 'Erlang',
    markers: ['rebar.config'],
    beside: [{ folder: '_build', files: ['rebar.config'] }],
  },
  {
    id: 'dart',
    title: 'Dart or Flutter',
    markers: ['pubspec.yaml'],
    regenerable: ['.dart_tool'],
    locks: [
      {
        file: 'pubspec.lock',
        tool: 'dart',
        install: 'dart pub get',
        marker: { paths: ['.dart_tool/package_config.json'], by: 'after' },
      },
    ],
  },
  {
    id: 'swift',
    title: 'Swift',
    markers: ['Package.swift', 'Podfile', '*.xcodeproj'],
    regenerable: ['DerivedData'],
    beside: [
      { folder: '.build', files: ['Package.swift'] },
      { folder: 'Pods', files: ['Podfile'] },
    ],
    locks: [
      {
        file: 'Podfile.lock',
        tool: 'pod',
        install: 'pod install',
        marker: { paths: ['Pods/Manifest.lock'], by: 'copy' },
      },
    ],
  },
  {
    id: 'cpp',
    title: 'C or C++',
    markers: ['CMakeLists.txt', 'meson.build', 'configure.ac'],
    regenerable: ['.ccls-cache'],
  },
  {
    id: 'haskell',
    title: 'Haskell',
    markers: ['stack.yaml', 'cabal.project', '*.cabal'],
    regenerable: ['.stack-work', 'dist-newstyle'],
  },
  {
    id: 'ocaml',
    title: 'OCaml',
    markers: ['dune-project'],
    beside: [{ folder: '_build', files: ['dune-project'] }],
  },
  { id: 'elm', title: 'Elm', markers: ['elm.json'], regenerable: ['elm-stuff'] },
  {
    id: 'zig',
    title: 'Zig',
    markers: ['build.zig'],
    regenerable: ['.zig-cache', 'zig-cache'],
  },
  {
    id: 'terraform',
    title: 'Terraform',
    markers: ['main.tf', '.terraform.lock.hcl'],
    regenerable: ['.terraform'],
  },
];
