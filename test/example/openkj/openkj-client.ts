import {
  fromJson,
  type JsonObject,
  toArray,
  toBool,
  toInt,
  toJson,
  toObject,
  toText,
} from './qt-json.js';

export interface Song {
  readonly artist: string;
  readonly title: string;
}

export interface OpenKjVenue {
  readonly venueId: number;
  readonly name: string;
  readonly urlName: string;
  readonly accepting: boolean;
}

export interface OpenKjRequest extends Song {
  readonly requestId: number;
  readonly singer: string;
  readonly time: number;
  readonly key: number;
}

/** The values that the host enters in OpenKJ's settings. */
export interface OpenKjSettings {
  readonly url: string;
  readonly apiKey: string;
  readonly systemId?: number;
}

/** Seconds. */
const pollInterval = 30;
const alertInterval = 600;
const songsPerDocument = 1000;

/**
 * OpenKJ's side of the protocol: the commands that it sends and when, and how it reads the answers. It
 * follows `src/okjsongbookapi.cpp` of OpenKJ and uses its names. The test moves its clock forward.
 */
export class OpenKjClient {
  serial = 0;
  venues: OpenKjVenue[] = [];
  requests: OpenKjRequest[] = [];
  entitledSystems = 1;
  /** The venue that the host has chosen. OpenKJ begins with 0. */
  venue = 0;
  /** Windows that OpenKJ has shown to the host. */
  readonly windows: string[] = [];
  /** Messages that OpenKJ has only logged. */
  readonly log: string[] = [];
  /** Called with each command and its answer. */
  onExchange: ((command: string, answer: string) => unknown) | undefined;

  private now = 0;
  private lastSync = 0;
  private delayErrorEmitted = false;
  private connectionReset = false;
  private readonly systemId: number;

  constructor(readonly settings: OpenKjSettings) {
    this.systemId = settings.systemId ?? 1;
  }

  /** The program starts. */
  async start(): Promise<void> {
    await this.getEntitledSystemCount();
    await this.refreshVenues();
    await this.alertCheck();
  }

  /** Time passes, and OpenKJ polls. */
  async wait(seconds: number): Promise<void> {
    for (const end = this.now + seconds; this.now < end;) {
      this.now += pollInterval;
      await this.timerTimeout();
      if (this.now % alertInterval === 0) await this.alertCheck();
    }
  }

  /** Presses the button "Test" of the settings, and returns the text of the window that opens. */
  async test(): Promise<string> {
    const { ok, text, problem } = await this.post({ command: 'getSerial' });
    if (!ok) return problem;
    const answer = fromJson(text);
    if (toText(answer.errorString) !== '') return toText(answer.errorString);
    if (toText(answer.command) === 'getSerial' && toInt(answer.serial) !== 0) return 'passed';
    return 'Unknown error';
  }

  /** The host chooses a venue. */
  async chooseVenue(venueId: number): Promise<void> {
    this.venue = venueId;
    await this.refreshRequests();
  }

  /** The state of the check box "Accept requests". */
  get accepting(): boolean {
    return this.venues.find(({ venueId }) => venueId === this.venue)?.accepting ?? false;
  }

  async setAccepting(accepting: boolean): Promise<void> {
    await this.alertCheck();
    await this.send({
      command: 'setAccepting',
      venue_id: this.venue,
      accepting,
      system_id: this.systemId,
    });
  }

  removeRequest(requestId: number): Promise<void> {
    return this.send({ command: 'deleteRequest', venue_id: this.venue, request_id: requestId });
  }

  clearRequests(): Promise<void> {
    return this.send({ command: 'clearRequests', venue_id: this.venue });
  }

  refreshRequests(): Promise<void> {
    return this.send({ command: 'getRequests', venue_id: this.venue });
  }

  refreshVenues(): Promise<void> {
    return this.send({ command: 'getVenues' });
  }

  getSerial(): Promise<void> {
    return this.send({ command: 'getSerial' });
  }

  alertCheck(): Promise<void> {
    return this.send({ command: 'getAlert' });
  }

  getEntitledSystemCount(): Promise<void> {
    return this.send({ command: 'getEntitledSystemCount' });
  }

  /**
   * Presses the button "Update Remote DB". OpenKJ reads none of these answers. When a batch is full, OpenKJ
   * has already read the next song, and drops it. The songs of a batch are in reverse order.
   */
  async updateSongDb(library: readonly Song[]): Promise<void> {
    await this.post({ command: 'clearDatabase', system_id: this.systemId });
    let next = 0;
    for (let isDone = false; !isDone;) {
      const songs: JsonObject[] = [];
      for (; next < library.length && songs.length < songsPerDocument; next++) {
        const { artist, title } = library[next]!;
        songs.unshift({ artist, title });
      }
      next++;
      isDone = songs.length < songsPerDocument;
      await this.post({ command: 'addSongs', songs, system_id: this.systemId });
    }
  }

  private async timerTimeout(): Promise<void> {
    const silence = this.now - this.lastSync;
    if (silence > 300 && !this.delayErrorEmitted) {
      this.windows.push(`It has been ${silence} seconds since we last received a response`);
      this.delayErrorEmitted = true;
    } else if (silence > 200 && !this.connectionReset) {
      await this.refreshRequests();
      await this.refreshVenues();
      this.connectionReset = true;
    } else {
      this.connectionReset = false;
      this.delayErrorEmitted = false;
    }
    await this.getSerial();
  }

  private async send(command: JsonObject): Promise<void> {
    const { ok, text, problem } = await this.post(command);
    if (ok) await this.onNetworkReply(fromJson(text));
    else this.log.push(problem);
  }

  private async onNetworkReply(answer: JsonObject): Promise<void> {
    if (toBool(answer.error)) {
      this.log.push(toText(answer.errorString));
      return;
    }
    switch (toText(answer.command)) {
      case 'getEntitledSystemCount':
        this.entitledSystems = toInt(answer.count);
        break;
      case 'getAlert':
        if (!toBool(answer.alert)) break;
        this.windows.push(`${toText(answer.title)}: ${toText(answer.message)}`);
        this.venues = [];
        await this.refreshVenues();
        break;
      case 'getSerial': {
        const serial = toInt(answer.serial);
        if (serial === 0) {
          this.log.push('not a valid serial');
          break;
        }
        if (serial !== this.serial) {
          this.serial = serial;
          await this.refreshRequests();
          await this.refreshVenues();
        }
        this.lastSync = this.now;
        break;
      }
      case 'getVenues':
        await this.venuesReceived(answer);
        break;
      case 'getRequests':
        this.requests = toArray(answer.requests).map(toObject).map(requestOf);
        this.lastSync = this.now;
        break;
      case 'clearRequests':
      case 'deleteRequest':
        await this.refreshRequests();
        await this.refreshVenues();
        break;
      case 'setAccepting':
        await this.refreshVenues();
        await this.refreshRequests();
        break;
    }
  }

  private async venuesReceived(answer: JsonObject): Promise<void> {
    const venues = toArray(answer.venues).map(toObject).map(venueOf);
    this.lastSync = this.now;
    if (JSON.stringify(venues) === JSON.stringify(this.venues)) return;
    this.venues = venues;
    // The list selects the venue of the settings, else the first one.
    const chosen = venues.find(({ venueId }) => venueId === this.venue) ?? venues[0];
    this.venue = chosen?.venueId ?? 0;
    await this.getEntitledSystemCount();
  }

  /** Posts a command. Only one command runs at a time. */
  private async post(fields: JsonObject): Promise<{ ok: boolean; text: string; problem: string }> {
    const { url, apiKey } = this.settings;
    const command = toJson({ api_key: apiKey, ...fields });
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: command,
      // Qt 5 does not follow redirects.
      redirect: 'manual',
    });
    const text = await response.text();
    await this.onExchange?.(command, text);
    const problem = `Error transferring ${url} - server replied: ${response.statusText}`;
    return { ok: response.status < 400, text, problem };
  }
}

function venueOf(venue: JsonObject): OpenKjVenue {
  return {
    venueId: toInt(venue.venue_id),
    name: toText(venue.name),
    urlName: toText(venue.url_name),
    accepting: toBool(venue.accepting),
  };
}

function requestOf(request: JsonObject): OpenKjRequest {
  return {
    requestId: toInt(request.request_id),
    artist: toText(request.artist),
    title: toText(request.title),
    singer: toText(request.singer),
    time: toInt(request.request_time),
    key: toInt(request.key_change),
  };
}
