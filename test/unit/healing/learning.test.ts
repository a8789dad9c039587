import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Experience, WAIT, type Candidate } from '../../../agent/healing/learning/experience';
import { experienceMemory } from '../../../agent/healing/learning/experience-file';
import { wilsonLower } from '../../../agent/healing/learning/arm';
import { signatureOf } from '../../../agent/healing/learning/signature';

const FLAT = { helped: 0.5, failed: 1.5 };
const candidate = (strategy: string, catalogued = false): Candidate => {
  return { strategy, prior: FLAT, catalogued };
};
const sighting = (text: string) => ({ trigger: 'component-down', kind: 'process', text }) as const;

describe('what is learned of faults', () => {
  it('takes faults that differ in paths, ids, numbers and addresses for the same', () => {
    const one = signatureOf(sighting('a/web is down: connect ECONNREFUSED 127.0.0.1:3000'));
    const two = signatureOf(sighting('b/web is down: connect ECONNREFUSED 127.0.0.1:4511'));
    assert.equal(one.exact, two.exact);
    const three = signatureOf(sighting('open /home/a/x.txt in 9f86d081884c7d65 took 30 ms'));
    const four = signatureOf(sighting('open /srv/b/y.txt in 2c26b46b68ffc68f took 4 ms'));
    assert.equal(three.exact, four.exact);
  });

  it('tells faults apart by how they ended', () => {
    const exits = [1, 2].map((code) => signatureOf(sighting(`it exited with ${String(code)}`)));
    assert.notEqual(exits[0]?.exact, exits[1]?.exact);
    assert.equal(exits[0]?.coarse, exits[1]?.coarse);
  });

  it('finds out what helps, and keeps to it', () => {
    const experience = new Experience();
    const signature = signatureOf(sighting('it hangs'));
    const candidates = ['a', 'b', 'c', 'd'].map((name) => candidate(name));
    for (let time = 0; time < 10; time += 1) {
      experience.sighted(signature);
      const tried = experience.judge(signature, candidates).slice(0, 3);
      for (const one of tried) {
        experience.learn(signature, one, one.strategy === 'c');
        if (one.strategy === 'c') break;
      }
    }
    assert.equal(experience.judge(signature, candidates)[0]?.strategy, 'c');
  });

  it('goes by the trigger and kind until a fault was seen three times', () => {
    const experience = new Experience();
    const known = signatureOf(sighting('it hangs'));
    for (let time = 0; time < 3; time += 1) {
      experience.sighted(known);
      experience.learn(known, candidate('b'), true);
    }
    const fresh = signatureOf(sighting('it says something new'));
    experience.sighted(fresh);
    const [first] = experience.judge(fresh, [candidate('a'), candidate('b')]);
    assert.equal(first?.strategy, 'b');
  });

  it('acts by itself only when it is sure, or when the catalogue says so', () => {
    const experience = new Experience();
    const signature = signatureOf(sighting('it hangs'));
    const isTrusted = (): boolean | undefined =>
      experience.judge(signature, [candidate('a')])[0]?.trusted;
    assert.equal(isTrusted(), false);
    assert.equal(experience.judge(signature, [candidate('a', true)])[0]?.trusted, true);
    for (let time = 0; time < 25; time += 1) {
      experience.sighted(signature);
      experience.learn(signature, candidate('a'), true);
      // Three in a row are no proof.
      if (time === 2) assert.equal(isTrusted(), false);
    }
    assert.equal(isTrusted(), true);
  });

  it('gives no credit for what goes away by itself', () => {
    const experience = new Experience();
    const signature = signatureOf(sighting('it is slow'));
    for (let time = 0; time < 20; time += 1) {
      experience.sighted(signature);
      experience.learn(signature, candidate(WAIT), true);
      experience.learn(signature, candidate('a'), true);
    }
    assert.equal(experience.judge(signature, [candidate('a'), candidate(WAIT)])[0]?.strategy, WAIT);
  });

  it('forgets what is not so any more', () => {
    const experience = new Experience();
    const signature = signatureOf(sighting('it hangs'));
    const candidates = [candidate('old'), candidate('new')];
    for (let time = 0; time < 60; time += 1) {
      experience.sighted(signature);
      experience.learn(signature, candidate('old'), true);
    }
    let until = 0;
    while (experience.judge(signature, candidates)[0]?.strategy === 'old' && until < 100) {
      experience.learn(signature, candidate('old'), false);
      experience.learn(signature, candidate('new'), true);
      until += 1;
    }
    assert.ok(until <= 12, `it took ${String(until)} outcomes`);
  });

  it('says the same after it was exported and imported', () => {
    const outcomes = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.boolean()), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(outcomes, (tries) => {
        const experience = new Experience();
        const signature = signatureOf(sighting('it hangs'));
        for (const [strategy, helped] of tries) {
          experience.sighted(signature);
          experience.learn(signature, candidate(strategy), helped);
        }
        const copy = new Experience(
          experienceMemory.parse(JSON.parse(JSON.stringify(experience.memory))),
        );
        const all = ['a', 'b', 'c'].map((name) => candidate(name));
        assert.deepEqual(copy.judge(signature, all), experience.judge(signature, all));
      }),
    );
  });

  it('is never surer than what was seen', () => {
    const count = fc.double({ min: 0, max: 500, noNaN: true });
    fc.assert(
      fc.property(count, count, (helped, failed) => {
        const confidence = wilsonLower({ helped, failed, credit: 0 });
        const rate = helped + failed === 0 ? 0 : helped / (helped + failed);
        assert.ok(confidence >= 0 && confidence <= rate + 1e-9);
      }),
    );
  });
});
