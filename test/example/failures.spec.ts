import { ConnectionLostError, SongSearchTimeoutError, UploadTooLargeError } from '@singr/database';
import { describeFailure } from '../../examples/api/src/http/describe-failure.js';

describe('the example answers', () => {
  it.each([
    [503, 'a search that takes too long', new SongSearchTimeoutError(3000, undefined)],
    [503, 'a connection that is lost', new ConnectionLostError(new Error('read ECONNRESET'))],
    [413, 'an upload with too many songs', new UploadTooLargeError(1, 1_000_000)],
  ])('with %d to %s', (status, _what, error) => {
    expect(describeFailure(error)?.getStatus()).toBe(status);
  });
});
