// Only the rows that need a record, gathered.

#import lib/record_row

@group(0) @binding(4) var<storage, read> record_rows: array<RecordRow>;

fn source_row(row: u32) -> u32 {
    return record_rows[row].row;
}
