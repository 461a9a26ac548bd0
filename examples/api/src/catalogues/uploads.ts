import { HttpException, HttpStatus, Injectable } from '@nestjs/common';

/**
 * The maximum numbers of concurrent uploads, for one key and for all keys. Each upload takes disk space until
 * it is imported.
 */
const most = { ofKey: 2, ofAll: 20 };

/** Counts the concurrent uploads in this process. */
@Injectable()
export class Uploads {
  private readonly running = new Map<string, number>();
  private total = 0;

  /** @throws HttpException 429 when there are too many uploads */
  async run<T>(keyId: string, upload: () => Promise<T>): Promise<T> {
    const ofKey = this.running.get(keyId) ?? 0;
    if (ofKey >= most.ofKey || this.total >= most.ofAll) {
      throw new HttpException(
        'There are too many uploads at once. Wait for one to end, and send this one again.',
        HttpStatus.TOO_MANY_REQUESTS,
      );
    }
    this.running.set(keyId, ofKey + 1);
    this.total++;
    try {
      return await upload();
    } finally {
      this.total--;
      const left = this.running.get(keyId)! - 1;
      if (left > 0) this.running.set(keyId, left);
      else this.running.delete(keyId);
    }
  }
}
