import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { z } from 'zod';
import { tellFigure } from '../../support/vscode/host-suite';
import { EXTENSION, isRegistered, soon } from './window';

const manifest = z.object({
  contributes: z.object({
    commands: z.array(
      z.object({ command: z.string(), category: z.string(), title: z.string().min(1) }),
    ),
    configuration: z.object({
      properties: z.record(z.string(), z.looseObject({ markdownDescription: z.string().min(20) })),
    }),
  }),
});

describe('Bulwark in a window', () => {
  const extension = vscode.extensions.getExtension(EXTENSION);

  it('is active when the window is up, without being asked', async () => {
    await soon('the activation', () => extension?.isActive);
  });

  it('takes the time that VS Code says it takes', async () => {
    await vscode.commands.executeCommand('perfview.show');
    const row = await soon('the figures of the start', () =>
      vscode.workspace.textDocuments
        .filter(({ uri }) => uri.scheme === 'perf')
        .flatMap((document) => document.getText().split('\n'))
        .find((line) => line.includes(EXTENSION)),
    );
    // | Extension | Eager | Load Code | Call Activate | Finish Activate | Event | By |
    const [, , , load, activate, finish] = row.split('|').map((cell) => cell.trim());
    tellFigure(`activation: ${load} ms to load, ${activate} ms to start, ${finish} ms to finish`);
    await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
    for (const figure of [load, activate]) assert.match(figure ?? '', /^\d+$/);
  });

  it('offers every command of its manifest, in one category', async () => {
    const { contributes } = manifest.parse(extension?.packageJSON);
    for (const { command, category } of contributes.commands) {
      assert.equal(category, 'Bulwark', command);
      assert.ok(await isRegistered(command), command);
    }
  });

  it('registers no command that its manifest does not name', async () => {
    const { contributes } = manifest.parse(extension?.packageJSON);
    const named = new Set(contributes.commands.map(({ command }) => command));
    const ours = (await vscode.commands.getCommands(true)).filter(
      (command) => /^bulwark\.\w+$/.test(command) && !named.has(command),
    );
    assert.deepEqual(ours, []);
  });

  it('has settings with their defaults', () => {
    const section = vscode.workspace.getConfiguration('bulwark');
    assert.equal(section.get('autoStart'), true);
    assert.equal(section.get('autoProtect'), 'ask');
    assert.equal(section.get('notifications'), 'all');
    assert.equal(section.get('home'), '');
  });
});
