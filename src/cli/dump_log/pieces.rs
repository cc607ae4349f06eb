//! Files are dumped side by side: what each has to say is put together in pieces, which are told in the files' order.

use std::cell::RefCell;
use std::io::{self, Write};

use super::Trouble;
use crate::ops::dump::Put;

/// Bytes after which a piece is handed on.
const PIECE: usize = 64 << 10;

/// A part of what a file has to say.
pub(super) enum Piece {
    /// For stdout.
    Answer(Vec<u8>),
    /// For stderr.
    Talk(Vec<u8>),
    /// Why there is no more.
    Trouble(Trouble),
}

/// The two streams of one file.
pub(super) struct Pieces<'p> {
    put: RefCell<Put<'p, Piece>>,
    answer: RefCell<Vec<u8>>,
    talk: RefCell<Vec<u8>>,
}

/// One of them.
pub(super) struct Stream<'a, 'p> {
    pieces: &'a Pieces<'p>,
    is_talk: bool,
}

impl<'p> Pieces<'p> {
    pub(super) fn new(put: Put<'p, Piece>) -> Pieces<'p> {
        Pieces { put: RefCell::new(put), answer: RefCell::default(), talk: RefCell::default() }
    }

    pub(super) const fn answer(&self) -> Stream<'_, 'p> {
        Stream { pieces: self, is_talk: false }
    }

    pub(super) const fn talk(&self) -> Stream<'_, 'p> {
        Stream { pieces: self, is_talk: true }
    }

    /// Hands on what is left, and how it ended. Nothing is told of an end that the reader of the answer has made.
    pub(super) fn end(self, result: Result<(), Trouble>) {
        if self.hand_on().is_ok()
            && let Err(trouble) = result
        {
            (self.put.into_inner())(Piece::Trouble(trouble));
        }
    }

    fn hand_on(&self) -> io::Result<()> {
        let answer = std::mem::take(&mut *self.answer.borrow_mut());
        let talk = std::mem::take(&mut *self.talk.borrow_mut());
        let mut put = self.put.borrow_mut();
        let wanted = (answer.is_empty() || put(Piece::Answer(answer))) && (talk.is_empty() || put(Piece::Talk(talk)));
        if wanted { Ok(()) } else { Err(io::ErrorKind::BrokenPipe.into()) }
    }
}

impl Write for Stream<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Pieces { answer, talk, .. } = self.pieces;
        let is_full = if self.is_talk {
            talk.borrow_mut().extend_from_slice(bytes);
            bytes.ends_with(b"\n")
        } else {
            answer.borrow_mut().extend_from_slice(bytes);
            answer.borrow().len() >= PIECE
        };
        if is_full {
            self.pieces.hand_on()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.pieces.hand_on()
    }
}
