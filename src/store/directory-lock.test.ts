import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../../test/support/peer-process.ts';
import { DirectoryInUseError, DirectoryLock } from './directory-lock.ts';

describe('the lock on a data directory', () => {
  it('is held by one at a time and free again when released', () => {
    using directory = temporaryDirectory();
    const first = DirectoryLock.take(directory.path);
    expect(() => DirectoryLock.take(directory.path)).toThrow(DirectoryInUseError);
    first.release();
    DirectoryLock.take(directory.path).release();
  });
});
