// Tiles through workgroup memory, kept as f32.

alias Elem = f32;

#import lib/tile_staged
