import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { linkCommand } from './command-link.mjs';
import { copyNativePackages, NATIVE_PACKAGES } from './native.mjs';
import { currentTarget } from './targets.mjs';

/** Packages that are the store or make it: never in the extension. */
const STORE_PACKAGES = [...NATIVE_PACKAGES.map(({ name }) => name), 'abstract-level', 'level'];

/**
 * Fails the build when anything of the agent but its wire contract gets into a bundle. The
 * extension talks to the agent; it must never carry the store.
 */
export class NoStorePlugin {
  /** @param {string} root */
  constructor(root) {
    this.agent = path.join(root, 'agent') + path.sep;
    this.protocol = path.join(root, 'agent', 'protocol') + path.sep;
  }

  /** @param {import('webpack').Compiler} compiler */
  apply(compiler) {
    compiler.hooks.compilation.tap('NoStorePlugin', (compilation) => {
      compilation.hooks.finishModules.tap('NoStorePlugin', (modules) => {
        for (const module of modules) {
          const reason = this.#objection(module);
          if (reason === undefined) continue;
          const issuer = compilation.moduleGraph.getIssuer(module);
          const by = issuer === null ? '' : `, imported by ${issuer.nameForCondition()}`;
          const error = new compiler.webpack.WebpackError(`${reason}${by}`);
          compilation.errors.push(error);
        }
      });
    });
  }

  /** @param {import('webpack').Module} module */
  #objection(module) {
    const resource = module.nameForCondition();
    if (resource?.startsWith(this.agent) && !resource.startsWith(this.protocol)) {
      return `The extension may import agent/protocol alone, not ${resource}`;
    }
    const inPackage = resource === null ? undefined : packageOf(resource)?.name;
    const external = 'userRequest' in module ? String(module.userRequest) : '';
    const found = STORE_PACKAGES.find(
      (name) => inPackage === name || external === name || external.startsWith(`${name}/`),
    );
    return found === undefined ? undefined : `The extension must not contain ${found}`;
  }
}

/** Puts what cannot be bundled beside the agent: its native packages, and its command link. */
export class NativePartsPlugin {
  /** @param {{ root: string, dist: string }} folders */
  constructor({ root, dist }) {
    this.root = root;
    this.dist = dist;
  }

  /** @param {import('webpack').Compiler} compiler */
  apply(compiler) {
    const { WebpackError } = compiler.webpack;
    compiler.hooks.afterEmit.tap('NativePartsPlugin', (compilation) => {
      if (compilation.errors.length > 0) return;
      const target = currentTarget();
      if (target === undefined) {
        const platform = `${process.platform}-${process.arch}`;
        compilation.errors.push(new WebpackError(`There are no native parts for ${platform}`));
        return;
      }
      const { missing } = copyNativePackages({ root: this.root, dist: this.dist, target });
      for (const name of missing) {
        const warning = new WebpackError(`${name} is not there: the agent does without it`);
        compilation.warnings.push(warning);
      }
      linkCommand(this.root);
    });
  }
}

/** Tells a stamp how the build of a bundle went. */
export class StampPlugin {
  /** @param {import('./stamp.mjs').BuildStamp} stamp */
  constructor(stamp) {
    this.stamp = stamp;
  }

  /** @param {import('webpack').Compiler} compiler */
  apply(compiler) {
    compiler.hooks.beforeCompile.tap('StampPlugin', () => this.stamp.begin());
    compiler.hooks.done.tap('StampPlugin', (stats) => {
      if (!stats.hasErrors()) this.stamp.succeed();
    });
  }
}

/** Writes the licences of the packages in a bundle, as those licences ask. */
export class NoticesPlugin {
  /** @param {string} fileName */
  constructor(fileName) {
    this.fileName = fileName;
  }

  /** @param {import('webpack').Compiler} compiler */
  apply(compiler) {
    const { Compilation, sources } = compiler.webpack;
    compiler.hooks.thisCompilation.tap('NoticesPlugin', (compilation) => {
      const stage = Compilation.PROCESS_ASSETS_STAGE_REPORT;
      compilation.hooks.processAssets.tap({ name: 'NoticesPlugin', stage }, () => {
        const text = noticesFor(compilation.modules);
        compilation.emitAsset(this.fileName, new sources.RawSource(text));
      });
    });
  }
}

/** @param {Iterable<import('webpack').Module>} modules */
function noticesFor(modules) {
  /** @type {Map<string, string>} */
  const notices = new Map();
  /** @type {import('webpack').Module[]} */
  const queue = [...modules];
  for (let module = queue.pop(); module !== undefined; module = queue.pop()) {
    if ('modules' in module && Array.isArray(module.modules)) queue.push(...module.modules);
    const resource = module.nameForCondition();
    const found = resource === null ? undefined : packageOf(resource);
    if (found === undefined || notices.has(found.name)) continue;
    notices.set(found.name, `${found.name} ${found.version}\n\n${licenceIn(found.folder)}`);
  }
  const rule = `\n\n${'-'.repeat(80)}\n\n`;
  return (
    [...notices.keys()]
      .sort()
      .map((name) => notices.get(name))
      .join(rule) + '\n'
  );
}

/** @param {string} folder */
function licenceIn(folder) {
  const file = readdirSync(folder).find((name) => /^(?:licen[cs]e|copying)/i.test(name));
  if (file !== undefined) return readFileSync(path.join(folder, file), 'utf8').trim();
  const { license } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  return `Licence: ${license}`;
}

/**
 * The installed package that a file belongs to.
 *
 * @param {string} file
 * @returns {{ name: string, version: string, folder: string } | undefined}
 */
function packageOf(file) {
  const marker = `${path.sep}node_modules${path.sep}`;
  const at = file.lastIndexOf(marker);
  if (at === -1) return undefined;
  const [first = '', second = ''] = file.slice(at + marker.length).split(path.sep);
  const name = first.startsWith('@') ? `${first}/${second}` : first;
  const folder = path.join(file.slice(0, at), 'node_modules', name);
  const manifest = path.join(folder, 'package.json');
  if (!existsSync(manifest)) return undefined;
  return { name, folder, version: JSON.parse(readFileSync(manifest, 'utf8')).version };
}
