/** How the folders begin in which a restore prepares new content; no scanner or watcher looks into them. */
export const STAGING_PREFIX = '.bulwark-restore-';

/** How the folders begin that keep what changed in the very moment in which it was replaced. */
export const KEPT_PREFIX = 'bulwark-kept-';

/** Whether a folder of this name belongs to a restore that is under way. */
export function isStagingName(name: string): boolean {
  return name.startsWith(STAGING_PREFIX);
}
