import type { z } from 'zod';

type Issue = z.core.$ZodIssue;

/**
 * What is wrong with a value in a settings file, in words for people who write it by hand.
 * @param issue found with `reportInput`, so that it is known whether there was a value
 */
export function mistakeWords(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined
        ? 'it is missing'
        : `it must be ${typeWords(issue.expected)}`;
    case 'too_small':
      return `it must be ${issue.origin === 'number' || issue.origin === 'int' ? 'at least' : 'of at least the length'} ${String(issue.minimum)}`;
    case 'too_big':
      return `it must be ${issue.origin === 'number' || issue.origin === 'int' ? 'at most' : 'of at most the length'} ${String(issue.maximum)}`;
    case 'unrecognized_keys':
      return `nothing is known by the name of ${issue.keys.map((key) => JSON.stringify(key)).join(', ')}`;
    case 'invalid_value':
      return `it must be one of: ${issue.values.map(String).join(', ')}`;
    case 'invalid_union':
      // Zod tells the options of a union by their kind, which its types leave out.
      return 'options' in issue && Array.isArray(issue.options)
        ? `it must be one of: ${issue.options.map(String).join(', ')}`
        : issue.message;
    case 'invalid_format':
      return issue.format === 'url'
        ? 'it must be an address that begins with http:// or https://'
        : issue.message;
    default:
      return issue.message;
  }
}

function typeWords(expected: string): string {
  const words: Readonly<Record<string, string>> = {
    string: 'a text',
    number: 'a number',
    int: 'a whole number',
    boolean: 'true or false',
    array: 'a list [ … ]',
    tuple: 'a list [ … ]',
    object: 'an object { … }',
    record: 'an object { … }',
  };
  return words[expected] ?? `of the kind ${expected}`;
}
