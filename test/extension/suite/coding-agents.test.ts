import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { z } from 'zod';
import { connectToAgent, openFolder, soon } from './window';

describe('What Bulwark offers to coding agents in VS Code', () => {
  const folder = openFolder();

  before(async () => {
    const agent = await connectToAgent();
    await soon('a protected folder', async () => {
      await vscode.commands.executeCommand('bulwark.refresh');
      await vscode.commands.executeCommand('bulwark.protectFolder');
      return (await agent.call('worktree/list', {})).worktrees.length > 0;
    });
    agent.close();
  });

  it('has the tools that its manifest describes', async () => {
    for (const name of ['bulwark_take_snapshot', 'bulwark_list_snapshots']) {
      const tool = await soon(`the tool ${name}`, () =>
        vscode.lm.tools.find((one) => one.name === name),
      );
      assert.match(tool.description, /worktree/);
    }
  });

  it('takes a snapshot for a coding agent, and lists it', async () => {
    const label = 'before the agent tidies up';
    const taken = await textOf('bulwark_take_snapshot', { label });
    const { id, worktree } = z
      .object({ id: z.string(), worktree: z.string() })
      .parse(JSON.parse(taken));
    assert.equal(worktree, folder);
    const listed = z
      .array(z.object({ id: z.string(), label: z.string().nullable() }))
      .parse(JSON.parse(await textOf('bulwark_list_snapshots', { path: folder })));
    assert.equal(listed.find((one) => one.id === id)?.label, label);
  });
});

async function textOf(tool: string, input: object): Promise<string> {
  const { content } = await vscode.lm.invokeTool(tool, { input, toolInvocationToken: undefined });
  const [part] = content;
  assert.ok(part instanceof vscode.LanguageModelTextPart);
  return part.value;
}
