/** Colours of the page, as VS Code's theme has them just now. */
export interface PageColors {
  readonly text: string;
  readonly grid: string;
  readonly lines: readonly string[];
  readonly mark: string;
}

/** Colours that themes keep apart, high contrast included; the number of a line chooses. */
const LINES = ['blue', 'orange', 'green', 'purple', 'yellow', 'red'] as const;

/** Patterns of lines: nobody has to tell them apart by colour alone. */
const DASHES: readonly (readonly number[])[] = [[], [8, 4], [2, 3], [10, 3, 2, 3]];

export function pageColors(): PageColors {
  const style = getComputedStyle(document.documentElement);
  const color = (name: string, otherwise: string): string =>
    style.getPropertyValue(`--vscode-${name}`).trim() || otherwise;
  const text = color('editor-foreground', 'currentColor');
  return {
    text,
    grid: color('charts-lines', text),
    lines: LINES.map((name) => color(`charts-${name}`, text)),
    mark: color('charts-red', text),
  };
}

/** The colour of a line by its number, from 0. */
export function lineColor({ lines, text }: PageColors, number: number): string {
  return lines[number % lines.length] ?? text;
}

/** The pattern of a line by its number, from 0. */
export function lineDash(number: number): readonly number[] {
  return DASHES[number % DASHES.length] ?? [];
}

/** Calls back when VS Code has changed its theme. */
export function onThemeChange(changed: () => void): void {
  new MutationObserver(changed).observe(document.body, {
    attributes: true,
    attributeFilter: ['class', 'data-vscode-theme-id'],
  });
}
