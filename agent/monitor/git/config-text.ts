/** The last value of a plain key in the text of a git configuration file, or null. Follows no includes. */
export function configValue(text: string, section: string, key: string): string | null {
  let current = '';
  let value: string | null = null;
  for (const raw of text.split('\n')) {
    const line = raw.trim();
    const header = /^\[\s*([^\]\s"]+)\s*\](.*)$/.exec(line);
    if (line.startsWith('[')) current = (header?.[1] ?? '').toLowerCase();
    const rest = header?.[2]?.trim() ?? (line.startsWith('[') ? '' : line);
    const found = /^([A-Za-z][A-Za-z0-9-]*)\s*(?:=\s*(.*))?$/.exec(rest);
    if (current !== section.toLowerCase() || found?.[1]?.toLowerCase() !== key.toLowerCase())
      continue;
    value = (found[2] ?? 'true').replace(/\s+[#;].*$/, '').replace(/^"(.*)"$/, '$1');
  }
  return value;
}
