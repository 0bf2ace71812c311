// Files of a configuration -> which unit runs with them.

import { expect, test } from 'vitest';
import { instanceOf } from '../../../agent/setup/target.js';

test.each([
  ['/etc/cspcam/shed.yaml', 'cspcam@shed.service'],
  ['/etc/cspcam/../cspcam/back_yard.yaml', 'cspcam@back_yard.service'],
  ['/etc/cspcam/back-yard.yaml', 'cspcam@back-yard.service'],
  ['/etc/cspcam/back yard.yaml', undefined],
  ['/etc/cspcam/shed.yml', undefined],
  ['/etc/cspcam/more/shed.yaml', undefined],
  ['/home/pi/shed.yaml', undefined],
])('%s: %s', (file, unit) => {
  expect(instanceOf(file)).toBe(unit);
});
