import { rm } from 'node:fs/promises';
import { discoveryPath, readDiscovery, type Discovery } from '../protocol/discovery';
import { makeHome } from '../protocol/home-folder';
import { writeFileAtomic } from '../support/atomic-file';
import { fileError } from '../support/errors';

/** Writes the discovery file, readable for this user alone; replaces one that is there. */
export async function writeDiscovery(home: string, discovery: Discovery): Promise<void> {
  const path = discoveryPath(home);
  try {
    await makeHome(home);
    await writeFileAtomic(path, `${JSON.stringify(discovery, null, 2)}\n`, { mode: 0o600 });
  } catch (error) {
    throw fileError(error, path);
  }
}

/** Removes the discovery file if it is still this agent's. */
export async function removeDiscovery(home: string, discovery: Discovery): Promise<void> {
  const written = await readDiscovery(home);
  if (written?.token === discovery.token) await rm(discoveryPath(home), { force: true });
}
