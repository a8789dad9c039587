import { resolve } from 'node:path';
import { ABILITIES } from '../../../clients/conformance/line-protocol';
import { conforms } from './conformance';

const DRIVER = resolve(__dirname, '../../../clients/conformance/typescript-driver.js');

describe('The client that Bulwark itself uses', () => {
  conforms([process.execPath, DRIVER], ABILITIES);
});
