'use strict';

const path = require('node:path');
const webpack = require('webpack');

const root = __dirname;
const dist = path.join(root, 'dist');

/** VS Code's own limit of patience: what a window starts with must load in a blink. */
const START_LIMIT_BYTES = 150_000;
/** What is loaded after the start: it must not grow without being noticed either. */
const EXTENSION_LIMIT_BYTES = 300_000;

/**
 * Three bundles: `dist/extension.js`, which VS Code loads and which never contains the store (with
 * `dist/extension.wire.js`, which speaks the protocol and is loaded after the start);
 * `dist/health.js`, the page of charts, which runs in a webview; and `dist/agent.js`, the agent and
 * its terminal commands (with `dist/agent.terminal.js` for commands, `dist/agent.process.js` for the
 * agent itself and `dist/agent.worker.js` for its threads). With it come `dist/index.js`, which
 * programs import that embed the agent, and `dist/worker-script.js`, which their threads run; they
 * load the same files. Its types are in `dist/types`. The agent's native packages are copied to
 * `dist/node_modules`, so that `dist/` works wherever it is put.
 */
module.exports = async (_env, argv) => {
  const { NativePartsPlugin, NoStorePlugin, NoticesPlugin, StampPlugin } =
    await import('./scripts/build/plugins.mjs');
  const { BuildStamp } = await import('./scripts/build/stamp.mjs');
  const { TypesPlugin } = await import('./scripts/build/types.mjs');
  const { NATIVE_PACKAGES } = await import('./scripts/build/native.mjs');
  const MinimizerPlugin = require('minimizer-webpack-plugin');
  // Speed-ups that ws does without when they are not there.
  const optionalOfWs = {
    bufferutil: 'commonjs bufferutil',
    'utf-8-validate': 'commonjs utf-8-validate',
  };
  const production = argv.mode !== 'development';

  const stamp = new BuildStamp(root, { bundles: 3 });

  /** What not every start needs has a file of its own, named after its bundle. */
  const chunksOf = (bundle) => ({ chunkFilename: `${bundle}.[name].js` });

  const common = {
    mode: production ? 'production' : 'development',
    target: 'node20.12',
    context: root,
    // Without the sources: a stack trace needs names and lines only.
    devtool: 'nosources-source-map',
    resolve: { extensions: ['.ts', '.js', '.mjs'], extensionAlias: { '.js': ['.ts', '.js'] } },
    module: {
      parser: {
        javascript: {
          exportsPresence: 'error',
          // What is loaded so is a native package beside the bundle: Node finds it.
          createRequire: false,
        },
        json: { namedExports: true },
      },
      rules: [
        // It does not say so itself: without this the extension would carry the server, too.
        { test: /node_modules[\\/]ws[\\/]/, sideEffects: false },
        {
          test: /\.ts$/,
          loader: 'ts-loader',
          options: {
            transpileOnly: true,
            // Modules as they are written, so that webpack can leave out what is not used.
            compilerOptions: { module: 'preserve', moduleResolution: 'bundler' },
          },
        },
      ],
    },
    // Worker threads start from the bundle itself.
    node: { __filename: false, __dirname: false },
    optimization: {
      splitChunks: false,
      minimizer: [
        new MinimizerPlugin({
          extractComments: false,
          minify: {
            implementation: MinimizerPlugin.terserMinify,
            // Class names stay: they are what logs and errors are read by.
            options: {
              keep_classnames: true,
              compress: { passes: 2 },
              // One character beyond Latin-1 makes V8 keep all of the text with two bytes for each.
              format: { comments: false, ascii_only: true },
            },
          },
        }),
      ],
    },
    output: {
      path: dist,
      filename: '[name].js',
      library: { type: 'commonjs2' },
      devtoolModuleFilenameTemplate: '[resource-path]',
    },
    performance: { hints: false },
    stats: 'errors-warnings',
  };

  return [
    {
      ...common,
      name: 'extension',
      output: { ...common.output, ...chunksOf('extension') },
      entry: { extension: './extension/extension.ts' },
      externals: { vscode: 'commonjs vscode', ...optionalOfWs },
      plugins: [
        new NoStorePlugin(root),
        new NoticesPlugin('extension.NOTICES.txt'),
        ...(production ? [new StampPlugin(stamp)] : []),
      ],
      performance: {
        hints: production ? 'error' : false,
        maxEntrypointSize: START_LIMIT_BYTES,
        maxAssetSize: EXTENSION_LIMIT_BYTES,
        assetFilter: (name) => name.endsWith('.js'),
      },
    },
    {
      ...common,
      name: 'health',
      target: ['web', 'es2022'],
      entry: {
        health: [
          'uplot/dist/uPlot.min.css',
          './extension/webview/health.css',
          './extension/webview/main.ts',
        ],
      },
      module: {
        ...common.module,
        rules: [
          ...common.module.rules,
          { test: /\.css$/, type: 'asset/resource', generator: { filename: '[name][ext]' } },
        ],
      },
      output: { ...common.output, library: { type: 'var', name: 'health' }, publicPath: '' },
      plugins: [
        new NoStorePlugin(root),
        new NoticesPlugin('health.NOTICES.txt'),
        ...(production ? [new StampPlugin(stamp)] : []),
      ],
      performance: {
        hints: production ? 'error' : false,
        maxAssetSize: EXTENSION_LIMIT_BYTES,
        maxEntrypointSize: EXTENSION_LIMIT_BYTES,
        assetFilter: (name) => name.endsWith('.js'),
      },
    },
    {
      ...common,
      name: 'agent',
      output: { ...common.output, ...chunksOf('agent') },
      entry: {
        agent: './agent/main.ts',
        'worker-script': './agent/worker-script.ts',
        index: {
          import: './agent/index.ts',
          // Node finds the names in it, so that they can be imported.
          library: { type: 'commonjs-static' },
        },
      },
      externals: [
        ...NATIVE_PACKAGES.map(({ name }) => ({ [name]: `commonjs ${name}` })),
        optionalOfWs,
      ],
      plugins: [
        new webpack.BannerPlugin({
          banner: '#!/usr/bin/env node',
          raw: true,
          test: /^agent\.js$/,
        }),
        new NoticesPlugin('agent.NOTICES.txt'),
        new NativePartsPlugin({ root, dist }),
        new TypesPlugin({ root, entry: 'agent/index.ts', folder: path.join(dist, 'types') }),
        ...(production ? [new StampPlugin(stamp)] : []),
      ],
    },
  ];
};
