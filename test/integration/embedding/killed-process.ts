import { createHardenedSystem } from '../../../agent/index';

/** A program with data that changes all the time, and is backed up again and again: `node … HOME`. */
async function main(home: string): Promise<void> {
  let balance = 100;
  const system = await createHardenedSystem(
    {
      ledger: {
        data: {
          kind: 'records',
          export: () => [
            { kind: 'json', key: 'mine', json: balance },
            { kind: 'json', key: 'yours', json: 200 - balance },
          ],
        },
      },
    },
    { home },
  );
  for (;;) {
    balance -= 1;
    const { id } = await system.dataProtection.snapshot('ledger');
    process.stdout.write(`${id}\n`);
  }
}

void main(process.argv[2] ?? '');
