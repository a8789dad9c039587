import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

/**
 * Writes the declarations of an entry, and of what these name, into a folder: what a program that
 * imports the package sees, and nothing else.
 */
export class TypesPlugin {
  /** @param {{ root: string, entry: string, folder: string }} options `entry` is relative to root */
  constructor({ root, entry, folder }) {
    this.root = root;
    this.entry = path.join(root, entry);
    this.folder = folder;
  }

  /** @param {import('webpack').Compiler} compiler */
  apply(compiler) {
    const { WebpackError } = compiler.webpack;
    compiler.hooks.afterEmit.tap('TypesPlugin', (compilation) => {
      if (compilation.errors.length > 0) return;
      const { files, problems } = declarationsOf(this.root, this.entry);
      for (const problem of problems) compilation.errors.push(new WebpackError(problem));
      rmSync(this.folder, { recursive: true, force: true });
      const from = path.dirname(this.entry);
      for (const [file, text] of files) {
        const to = path.join(this.folder, path.relative(from, file));
        mkdirSync(path.dirname(to), { recursive: true });
        writeFileSync(to, text);
      }
    });
  }
}

/**
 * @param {string} root
 * @param {string} entry
 * @returns {{ files: Map<string, string>, problems: string[] }} declarations by path, beside their
 *   sources, of all that can be reached from the entry's
 */
function declarationsOf(root, entry) {
  const config = ts.getParsedCommandLineOfConfigFile(
    path.join(root, 'tsconfig.json'),
    { declaration: true, emitDeclarationOnly: true, incremental: false, sourceMap: false },
    { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => undefined },
  );
  if (config === undefined) throw new Error('tsconfig.json cannot be read');
  const options = { ...config.options, outDir: root, tsBuildInfoFile: undefined };
  const program = ts.createProgram([entry], options);
  /** @type {Map<string, string>} */
  const files = new Map();
  /** @type {string[]} */
  const problems = [];
  const queue = [entry];
  for (let source = queue.pop(); source !== undefined; source = queue.pop()) {
    const { diagnostics } = program.emit(program.getSourceFile(source), (file, text) => {
      const written = path.resolve(file);
      if (files.has(written)) return;
      files.set(written, text);
      for (const { fileName } of ts.preProcessFile(text).importedFiles)
        if (fileName.startsWith('.'))
          queue.push(`${path.resolve(path.dirname(written), fileName.replace(/\.js$/, ''))}.ts`);
    });
    for (const { messageText } of diagnostics)
      problems.push(ts.flattenDiagnosticMessageText(messageText, '\n'));
  }
  return { files, problems };
}
