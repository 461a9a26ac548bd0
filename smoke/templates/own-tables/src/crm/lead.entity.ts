import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** In the application's other data source. */
@Entity('leads', { schema: 'crm' })
export class Lead {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column('text')
  name!: string;
}
