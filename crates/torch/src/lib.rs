//! PyTorch's files of weights (`pytorch_model.bin`, as `torch.save` writes them), shown to the engine
//! as safetensors.
//!
//! Such a file is a zip archive with a *pickle*, a program for a machine of Python's that builds the
//! dictionary of tensors, and the tensors' bytes as they are. A real unpickler calls whatever the
//! program names. This one calls nothing: it knows the few words that a dictionary of tensors needs
//! ([`pickle`]), and refuses every other by its name.
//!
//! [`TorchFolder`] is a folder in which each of these files appears as the safetensors file that holds
//! the same. Nothing is copied: its header is made of the dictionary, its data are ranges of the
//! archive. So the engine needs no other container, and a browser none of this.

mod archive;
mod folder;
pub mod pickle;
mod safetensors;
mod state;

pub use folder::{INDEX, SINGLE, TorchFolder};
