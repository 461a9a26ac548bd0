import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { CatalogueUploadService } from '@singr/database';

/** The interval between checks, in milliseconds. */
const interval = 30_000;

/** Finishes uploads whose last batch did not arrive, for example because the host closed OpenKJ. */
@Injectable()
export class QuietUploads implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly log = new Logger(QuietUploads.name);
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly uploads: CatalogueUploadService) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.finish(), interval).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  async finish(): Promise<void> {
    try {
      await this.uploads.finishQuiet();
    } catch (error) {
      this.log.error(`an upload could not be finished: ${(error as Error).message}`);
    }
  }
}
