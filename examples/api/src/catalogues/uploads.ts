import { HttpException, HttpStatus, Injectable } from '@nestjs/common';

/** Uploads that go on at once: of one key, and of all. Each takes a file's room until it is imported. */
const most = { ofKey: 2, ofAll: 20 };

/** Counts the uploads that go on, in this process. */
@Injectable()
export class Uploads {
  private readonly running = new Map<string, number>();
  private total = 0;

  /** @throws HttpException 429 when too many go on already */
  async run<T>(keyId: string, upload: () => Promise<T>): Promise<T> {
    const ofKey = this.running.get(keyId) ?? 0;
    if (ofKey >= most.ofKey || this.total >= most.ofAll) {
      throw new HttpException(
        'Too many uploads go on at once. Wait for one to end, and send this one again.',
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
