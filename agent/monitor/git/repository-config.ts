import { join } from 'node:path';
import { readUpTo } from './read-file';

const MAX_BYTES = 1024 * 1024;

/** The text of a repository's own configuration; empty where there is none. Follows no includes. */
export async function configText(commonDir: string): Promise<string> {
  return (await readUpTo(join(commonDir, 'config'), MAX_BYTES))?.toString('utf8') ?? '';
}

/** Bytes of an object id; SHA-256 repositories say so in their configuration. */
export function idBytesIn(config: string): 20 | 32 {
  return /^\s*objectformat\s*=\s*sha256\s*$/im.test(config) ? 32 : 20;
}

/** Where objects were left out of a clone, to be fetched from this remote when they are needed. */
export interface PromisorRemote {
  readonly name: string;
  readonly url: string | null;
}

/** The remotes of a partial clone; none in a whole one. */
export function promisorRemotes(config: string): PromisorRemote[] {
  const remotes: PromisorRemote[] = [];
  for (const section of config.split(/^(?=\s*\[)/m)) {
    const name = /^\s*\[\s*remote\s+"((?:[^"\\]|\\.)*)"\s*\]/i.exec(section)?.[1];
    if (name === undefined || !/^\s*promisor\s*(?:=\s*(?:true|yes|on|1)\s*)?$/im.test(section))
      continue;
    const url = /^\s*url\s*=\s*(.*?)\s*$/im.exec(section)?.[1]?.replace(/^"(.*)"$/, '$1');
    remotes.push({ name, url: url ?? null });
  }
  return remotes;
}
