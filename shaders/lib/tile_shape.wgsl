// What every file of the role `tile` offers: TILE_ROWS and TILE_COLUMNS; TILE_PARTS, which is how many lanes may share
// the work on a row once it is there; `struct Lane`; and tile_product(shape, lane),
// which 64 lanes call together and which hands what a lane computed to the kernel's
// emit(shape, row, column, value): `value` is four neighbouring columns, row and column count within the tile.
// The kernel binds `x: array<vec4<f32>>` (row-major, quads of k) and `weight`, and imports `weights`.

struct TileShape {
    first_row: u32,
    rows: u32,
    first_column: u32,
    columns: u32,
    // Quads of k.
    quads: u32,
    scale_offset: u32,
}
