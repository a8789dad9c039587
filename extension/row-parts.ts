import * as vscode from 'vscode';
import type { WorktreeIcon } from './worktree-words';

/** A product icon with its theme colour. */
export function themeIcon({ id, color }: WorktreeIcon): vscode.ThemeIcon {
  return new vscode.ThemeIcon(id, color === undefined ? undefined : new vscode.ThemeColor(color));
}

/** A tooltip whose text cannot be read as Markdown, as links or as icons. */
export function tooltip(heading: string, lines: readonly string[]): vscode.MarkdownString {
  const markdown = new vscode.MarkdownString();
  markdown.appendMarkdown('**').appendText(heading).appendMarkdown('**\n\n');
  for (const line of lines) markdown.appendText(line).appendMarkdown('  \n');
  // Text is appended with blanks that cannot break, so that long lines would break inside of words.
  markdown.value = markdown.value.replace(/(?<!&nbsp;)&nbsp;(?!&nbsp;)/g, ' ');
  return markdown;
}
