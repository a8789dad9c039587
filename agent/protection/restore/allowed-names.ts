/** Names of devices: on Windows they mean the device, also with an extension. */
const DEVICES = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])(?: *(?:\..*)?)$/i;
/** What Windows does not take in a name, or takes for a drive, a stream or a way to another folder. */
const FORBIDDEN = /[<>:"/\\|?*]/;
const FIRST_PRINTABLE = ' ';

/**
 * Whether an entry of this name can be made as itself in a folder. A name from
 * another system can mean something else here: `..\x` and `C:x` lead out of the
 * folder, and `x.` is `x`.
 */
export function isAllowedName(name: string, platform: NodeJS.Platform): boolean {
  if (name === '' || name === '.' || name === '..' || /[/\0]/.test(name)) return false;
  if (platform !== 'win32') return true;
  if ([...name].some((character) => character < FIRST_PRINTABLE)) return false;
  return !FORBIDDEN.test(name) && !/[. ]$/.test(name) && !DEVICES.test(name);
}
