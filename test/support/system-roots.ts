// Nothing -> where root file systems of test/system are kept from run to run: making them takes minutes.

import { homedir } from 'node:os';
import { join } from 'node:path';

export const systemRoots = () =>
  process.env['CSPCAM_SYSTEM_ROOTS'] ?? join(homedir(), '.cache', 'cspcam', 'system-test');
