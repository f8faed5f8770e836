import { describe, expect, it } from 'vitest';
import { accepts } from './peer-process.ts';
import { postgresMissing, PostgresServer } from './postgres.ts';

describe.skipIf(postgresMissing)(`a PostgreSQL server for tests (${postgresMissing ?? 'installed'})`, () => {
  it('gives empty databases, keeps what was committed over a crash, and leaves nothing behind', async () => {
    let port: number;
    {
      await using server = await PostgresServer.start();
      port = server.port;
      const first = await server.createDatabase();
      expect(first).toBe(`postgres://postgres@127.0.0.1:${port}/test1`);
      expect(await server.createDatabase()).not.toBe(first);
      await server.run('create table kept (value integer); insert into kept values (7)', 'test1');
      await server.stop('immediate');
      expect(await accepts(port)).toBe(false);
      await server.resume();
      expect(await server.run('select value from kept', 'test1')).toEqual([{ value: 7 }]);
      await expect(server.run('select value from kept', 'test2')).rejects.toThrow('does not exist');
    }
    expect(await accepts(port)).toBe(false);
  });
});
