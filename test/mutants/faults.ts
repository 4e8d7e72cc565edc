import { type Mutant, of } from './mutant.ts'

/** Mistakes about what fails halfway. */
export const faultMutants: readonly Mutant[] = [
  ...of('shared/execute.ts', [
    'a step is begun before those behind it are known',
    'Promise.resolve(step).then(take)',
    'take(step)',
  ]),
  ...of('shared/outcomes.ts', [
    'a lost answer is a failure',
    'return isOpen && after !== undefined',
    'return !isOpen && after !== undefined',
  ]),
  ...of(
    'shared/settle.ts',
    ['a step that does not show ends it all', 'if (more || (hidden', 'if ((more && !stuck) || (hidden'],
    ['what was skipped counts as tried', '&& !spared.has(step.id))', '&& step.id === "")'],
    ['an old failure is kept', 'if (isDone(step)) failed.delete(id)', 'if (isDone(step)) failed.has(id)'],
  ),
  ...of('shared/letting-go.ts', ['what a dead run did is not held', '  steps.length > 0 ||\n', '']),
  ...of(
    'shared/undoing.ts',
    ['what was never heard of is left', "entry.what === 'intended' || (entry.what", '(entry.what'],
    ['an answer that was not good is left', "|| (entry.what === 'failed' && entry.code === 'step-failed')", ''],
  ),
  ...of('shared/responses/suspicious-host/levers.ts', [
    'unknown blocks make an empty group',
    "if (rule.reach === 'vpc' && !world.blocks) return []",
    '',
  ]),
]
