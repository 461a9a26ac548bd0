import { Body, Controller, Post } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { SongNote } from './song-note.entity.js';

@Controller('notes')
export class NotesController {
  constructor(@InjectRepository(SongNote) private readonly notes: Repository<SongNote>) {}

  @Post()
  write(@Body() body: { text: string }): Promise<SongNote> {
    return this.notes.save({ text: body.text, shareToken: 'not for the trail' });
  }
}
