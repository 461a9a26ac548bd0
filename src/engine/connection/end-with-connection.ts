import type { Readable } from 'node:stream';
import type { DatabaseClient } from '../driver/database.client.js';

/**
 * Ends a stream of rows with its connection. On its own, pg-query-stream waits for the server to confirm the end
 * of the stream: when the connection is lost, its reader would get neither an error nor an end.
 */
export function endWithConnection<S extends Readable>(stream: S, client: DatabaseClient): S {
  const destroy = stream._destroy.bind(stream);
  stream._destroy = (error, done) => {
    let isDone = false;
    const finish = (failure?: Error | null) => {
      if (isDone) return;
      isDone = true;
      client.off('end', onEnd);
      done(failure ?? error);
    };
    const onEnd = () => finish();
    if (client.hasEnded) return finish();
    client.once('end', onEnd);
    destroy(error, finish);
  };
  return stream;
}
