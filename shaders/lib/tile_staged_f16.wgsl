// Tiles through workgroup memory, kept as f16.

alias Elem = f16;

#import lib/tile_staged
