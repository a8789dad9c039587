import { parseTree, printParseErrorCode, type Node, type ParseError } from 'jsonc-parser';

/** A place in a text, both from 1; columns count as editors do, in UTF-16 units. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Comments and trailing commas are no JSON: other programs that read the file would fail. */
const STRICT = { disallowComments: true, allowTrailingComma: false };

/** Where in a text of JSON something stands. Reads the text only when it is first asked. */
export class SettingsPlaces {
  readonly #text: string;
  #tree: Node | null | undefined;
  #errors: readonly ParseError[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  /** What is wrong first in a text that is no JSON; its place is null where nobody can tell. */
  get syntaxError(): { readonly message: string; readonly place: Place | null } {
    this.#read();
    const [first] = this.#errors;
    if (first === undefined) return { message: 'it is no JSON', place: null };
    const words = printParseErrorCode(first.error).replaceAll(/([a-z])([A-Z])/g, '$1 $2');
    return { message: `it is no JSON: ${words.toLowerCase()}`, place: this.#placeOf(first.offset) };
  }

  /**
   * Where the value at a path begins, or its key; of what is not there, where it would be.
   * @returns null where nobody can tell
   */
  of(path: readonly PropertyKey[], what: 'key' | 'value' = 'value'): Place | null {
    let at = this.#read();
    if (at === null) return null;
    let offset = at.offset;
    for (const key of path) {
      const found: Found | null = step(at, key);
      if (found === null) return this.#placeOf(at.offset);
      offset = found.keyOffset;
      at = found.value;
    }
    return this.#placeOf(what === 'key' ? offset : at.offset);
  }

  #read(): Node | null {
    if (this.#tree !== undefined) return this.#tree;
    const errors: ParseError[] = [];
    try {
      this.#tree = parseTree(this.#text, errors, STRICT) ?? null;
    } catch (error) {
      // Nested so deeply that the parser's stack does not hold it.
      if (!(error instanceof RangeError)) throw error;
      this.#tree = null;
    }
    this.#errors = errors;
    return this.#tree;
  }

  #placeOf(offset: number): Place {
    const before = this.#text.slice(0, offset).split(/\r\n|\n|\r/);
    return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
  }
}

interface Found {
  readonly keyOffset: number;
  readonly value: Node;
}

function step({ type, children = [] }: Node, key: PropertyKey): Found | null {
  if (type === 'array') {
    const value = children[Number(key)];
    return value === undefined ? null : { keyOffset: value.offset, value };
  }
  // Of a key that is there twice, the last one counts.
  const property = children.findLast(({ children: [name] = [] }) => name?.value === key);
  const [name, value] = property?.children ?? [];
  return name === undefined || value === undefined ? null : { keyOffset: name.offset, value };
}
