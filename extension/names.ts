/**
 * Names of files as the agent sends them: a byte that is not valid UTF-8 is a
 * lone surrogate U+DC80–U+DCFF. VS Code cannot hold such a string in a URI
 * (percent-encoding it throws), so URIs carry the byte as `%XX`.
 */

const RAW_BYTE_BASE = 0xdc00;
const RAW_BYTES = /(?<![\ud800-\udbff])[\udc80-\udcff]/g;
const LITERAL_ESCAPE = /%(?=25|[89a-f][0-9a-f])/gi;
const ESCAPE = /%(25|[89a-f][0-9a-f])/gi;

/** A name for people: raw bytes as `\xNN`, control characters escaped. */
export function displayName(name: string): string {
  let shown = '';
  for (const char of name) {
    const code = char.codePointAt(0) ?? 0;
    if (code >= 0xdc80 && code <= 0xdcff) shown += `\\x${(code - RAW_BYTE_BASE).toString(16)}`;
    else if (char === '\n') shown += '\\n';
    else if (code < 0x20 || code === 0x7f) shown += `\\x${code.toString(16).padStart(2, '0')}`;
    else shown += char;
  }
  return shown;
}

/** {@link displayName} for places where VS Code would turn `$(name)` into an icon. */
export function plainLabel(name: string): string {
  return displayName(name).replaceAll('$(', '\\$(');
}

/** Whether a name holds bytes that are not valid UTF-8; VS Code cannot open such a file on disk. */
export function hasRawBytes(name: string): boolean {
  return name.search(RAW_BYTES) !== -1;
}

/** A path that a URI can carry; the inverse is {@link fromUriPath}. */
export function toUriPath(path: string): string {
  return path
    .replace(LITERAL_ESCAPE, '%25')
    .replace(
      RAW_BYTES,
      (byte) => `%${(byte.charCodeAt(0) - RAW_BYTE_BASE).toString(16).toUpperCase()}`,
    );
}

/** The path that {@link toUriPath} wrote. */
export function fromUriPath(path: string): string {
  return path.replace(ESCAPE, (_, hex: string) => {
    const byte = Number.parseInt(hex, 16);
    return byte === 0x25 ? '%' : String.fromCharCode(RAW_BYTE_BASE + byte);
  });
}

/** The last part of a path inside a snapshot. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The folder that holds an entry of a snapshot; `""` is the root. */
export function parentPath(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

/** An entry of a folder of a snapshot; `""` is the root. */
export function childPath(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}
