//! The macro that declares a message once and yields its struct, default, encoding, decoding and JSON.
//!
//! A field is `name: Type [versions; null versions; tag N versions] = default,` with versions in Kafka's own notation,
//! `3+` or `0-8`. Without brackets a field is in every version, never null and not tagged.

use bytes::Bytes;
use serde_json::Value;

use super::codec::{DecodeError, Put, Reader, Writer};
use crate::model::Uuid;

/// A range of versions; the upper end is open when it is `i16::MAX`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Versions {
    /// First version.
    pub from: i16,
    /// Last version.
    pub to: i16,
}

impl Versions {
    /// Every version.
    pub const ALL: Versions = Versions { from: 0, to: i16::MAX };
    /// No version.
    pub const NEVER: Versions = Versions { from: i16::MAX, to: i16::MIN };

    /// Whether `version` lies inside.
    pub const fn has(self, version: i16) -> bool {
        self.from <= version && version <= self.to
    }
}

/// What the schema says of one field.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Versions in which the field exists.
    pub versions: Versions,
    /// Versions in which it may be null.
    pub nullable: Versions,
    /// Its tag, and the versions in which it is a tagged field.
    pub tag: Option<(u32, Versions)>,
}

impl Field {
    /// Whether the field stands in line (not tagged) in this version.
    pub const fn inline(&self, version: i16) -> bool {
        self.versions.has(version) && !self.tagged(version)
    }

    /// Whether the field is a tagged one in this version.
    pub const fn tagged(&self, version: i16) -> bool {
        match self.tag {
            Some((_, versions)) => versions.has(version),
            None => false,
        }
    }

    pub(crate) const fn ctx(&self, version: i16, flexible: bool) -> Ctx {
        Ctx { version, flexible, nullable: self.nullable.has(version), tagged: self.tagged(version) }
    }
}

/// What an encoder or decoder must know beside the value.
#[derive(Clone, Copy, Debug)]
pub struct Ctx {
    /// The message's version.
    pub version: i16,
    /// Whether this version has compact lengths and tagged fields (KIP-482).
    pub flexible: bool,
    /// Whether the value may be null here.
    pub nullable: bool,
    /// Whether it stands among the tagged fields, where a struct that is null is another byte.
    pub tagged: bool,
}

/// A value that has a place in a message.
pub trait Wire: Sized {
    /// Appends the value.
    fn encode(&self, out: &mut Writer, ctx: Ctx);
    /// Takes the value.
    ///
    /// # Errors
    /// When the bytes are not such a value.
    fn decode(input: &mut Reader, ctx: Ctx) -> Result<Self, DecodeError>;
    /// The value as Kafka's JSON converters print it.
    fn json(&self, ctx: Ctx) -> Value;
}

/// A value that has a null form.
pub trait Nullable: Wire {
    /// Appends the value or its null.
    fn encode_opt(value: Option<&Self>, out: &mut Writer, ctx: Ctx);
    /// Takes the value or its null.
    ///
    /// # Errors
    /// When the bytes are neither.
    fn decode_opt(input: &mut Reader, ctx: Ctx) -> Result<Option<Self>, DecodeError>;
}

macro_rules! fixed {
    ($($ty:ty, $read:ident;)*) => {$(
        impl Wire for $ty {
            fn encode(&self, out: &mut Writer, _: Ctx) {
                out.put(&self.to_be_bytes());
            }
            fn decode(input: &mut Reader, _: Ctx) -> Result<Self, DecodeError> {
                input.$read()
            }
            fn json(&self, _: Ctx) -> Value {
                Value::from(*self)
            }
        }
    )*};
}

fixed! { i8, i8; i16, i16; u16, u16; i32, i32; u32, u32; i64, i64; f64, f64; }

impl Wire for bool {
    fn encode(&self, out: &mut Writer, _: Ctx) {
        out.put(&[u8::from(*self)]);
    }
    fn decode(input: &mut Reader, _: Ctx) -> Result<Self, DecodeError> {
        Ok(input.i8()? != 0)
    }
    fn json(&self, _: Ctx) -> Value {
        Value::Bool(*self)
    }
}

impl Wire for Uuid {
    fn encode(&self, out: &mut Writer, _: Ctx) {
        out.put(&self.0.to_be_bytes());
    }
    fn decode(input: &mut Reader, _: Ctx) -> Result<Self, DecodeError> {
        input.uuid()
    }
    fn json(&self, _: Ctx) -> Value {
        Value::String(self.to_string())
    }
}

fn not_null(at: usize) -> DecodeError {
    DecodeError::Length { len: -1, left: 0, at }
}

impl Wire for String {
    fn encode(&self, out: &mut Writer, ctx: Ctx) {
        out.put_text(Some(self), ctx.flexible);
    }
    fn decode(input: &mut Reader, ctx: Ctx) -> Result<Self, DecodeError> {
        Self::decode_opt(input, ctx)?.ok_or_else(|| not_null(input.position()))
    }
    fn json(&self, _: Ctx) -> Value {
        Value::String(self.clone())
    }
}

impl Nullable for String {
    fn encode_opt(value: Option<&Self>, out: &mut Writer, ctx: Ctx) {
        out.put_text(value.map(String::as_str), ctx.flexible);
    }
    fn decode_opt(input: &mut Reader, ctx: Ctx) -> Result<Option<Self>, DecodeError> {
        input.text_len(ctx.flexible, false)?.map(|len| input.text(len)).transpose()
    }
}

impl Wire for Bytes {
    fn encode(&self, out: &mut Writer, ctx: Ctx) {
        Self::encode_opt(Some(self), out, ctx);
    }
    fn decode(input: &mut Reader, ctx: Ctx) -> Result<Self, DecodeError> {
        Self::decode_opt(input, ctx)?.ok_or_else(|| not_null(input.position()))
    }
    fn json(&self, _: Ctx) -> Value {
        Value::String(base64(self))
    }
}

impl Nullable for Bytes {
    fn encode_opt(value: Option<&Self>, out: &mut Writer, ctx: Ctx) {
        out.put_array_len(value.map(Bytes::len), ctx.flexible);
        out.put(value.map(AsRef::as_ref).unwrap_or_default());
    }
    fn decode_opt(input: &mut Reader, ctx: Ctx) -> Result<Option<Self>, DecodeError> {
        input.text_len(ctx.flexible, true)?.map(|len| input.bytes(len)).transpose()
    }
}

/// Standard base64 with padding, as Jackson prints binary values.
fn base64(raw: &[u8]) -> String {
    const SET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(raw.len().div_ceil(3) * 4);
    for chunk in raw.chunks(3) {
        let word = chunk.iter().fold(0u32, |w, &b| (w << 8) | u32::from(b)) << (8 * (3 - chunk.len()));
        for i in 0..4 {
            if i <= chunk.len() {
                text.push(char::from(SET[(word >> (18 - 6 * i)) as usize & 0x3f]));
            } else {
                text.push('=');
            }
        }
    }
    text
}

impl<T: Wire> Wire for Vec<T> {
    fn encode(&self, out: &mut Writer, ctx: Ctx) {
        Self::encode_opt(Some(self), out, ctx);
    }
    fn decode(input: &mut Reader, ctx: Ctx) -> Result<Self, DecodeError> {
        Self::decode_opt(input, ctx)?.ok_or_else(|| not_null(input.position()))
    }
    fn json(&self, ctx: Ctx) -> Value {
        Value::Array(self.iter().map(|item| item.json(ctx)).collect())
    }
}

impl<T: Wire> Nullable for Vec<T> {
    fn encode_opt(value: Option<&Self>, out: &mut Writer, ctx: Ctx) {
        out.put_array_len(value.map(Vec::len), ctx.flexible);
        let item_ctx = Ctx { nullable: false, ..ctx };
        for item in value.into_iter().flatten() {
            item.encode(out, item_ctx);
        }
    }
    fn decode_opt(input: &mut Reader, ctx: Ctx) -> Result<Option<Self>, DecodeError> {
        let Some(len) = input.array_len(ctx.flexible)? else { return Ok(None) };
        let mut items = Vec::with_capacity(len.min(1024));
        let item_ctx = Ctx { nullable: false, ..ctx };
        for _ in 0..len {
            input.charge(size_of::<T>())?;
            items.push(T::decode(input, item_ctx)?);
        }
        Ok(Some(items))
    }
}

impl<T: Nullable + Default> Wire for Option<T> {
    fn encode(&self, out: &mut Writer, ctx: Ctx) {
        match self {
            None if !ctx.nullable => T::default().encode(out, ctx),
            value => T::encode_opt(value.as_ref(), out, ctx),
        }
    }
    fn decode(input: &mut Reader, ctx: Ctx) -> Result<Self, DecodeError> {
        let at = input.position();
        if !ctx.nullable {
            return T::decode(input, ctx).map(Some);
        }
        let value = T::decode_opt(input, ctx)?;
        if value.is_none() && !ctx.nullable { Err(not_null(at)) } else { Ok(value) }
    }
    fn json(&self, ctx: Ctx) -> Value {
        self.as_ref().map_or(Value::Null, |value| value.json(ctx))
    }
}

/// `throttle_time_ms` as JSON writes it: `throttleTimeMs`.
pub(crate) fn camel(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    let mut upper = false;
    for c in name.trim_end_matches('_').chars() {
        if c == '_' {
            upper = true;
        } else if upper {
            text.extend(c.to_uppercase());
            upper = false;
        } else {
            text.push(c);
        }
    }
    text
}

/// Reads what stands in a field's brackets.
macro_rules! field {
    () => { field!(0+) };
    ($from:literal $(+)? $(- $to:literal)?
        $(; null $nf:literal $(+)? $(- $nt:literal)?)?
        $(; tag $tag:literal $tf:literal $(+)? $(- $tt:literal)?)?
    ) => {
        $crate::wire::schema::Field {
            versions: $crate::wire::schema::Versions { from: $from, to: field!(@to $($to)?) },
            nullable: field!(@null $($nf, $($nt)?)?),
            tag: field!(@tag $($tag, $tf, $($tt)?)?),
        }
    };
    (@to) => { i16::MAX };
    (@to $to:literal) => { $to };
    (@null) => { $crate::wire::schema::Versions::NEVER };
    (@null $nf:literal, $($nt:literal)?) => { $crate::wire::schema::Versions { from: $nf, to: field!(@to $($nt)?) } };
    (@tag) => { None };
    (@tag $tag:literal, $tf:literal, $($tt:literal)?) => {
        Some(($tag, $crate::wire::schema::Versions { from: $tf, to: field!(@to $($tt)?) }))
    };
}

/// A field's default: what is given, or the type's own.
macro_rules! default {
    ($ty:ty) => {
        <$ty as Default>::default()
    };
    ($ty:ty, $value:expr) => {
        $value
    };
}

/// Declares structs of one message. See the module's documentation for the form of a field.
macro_rules! structs {
    ($($name:ident {
        $($field:ident : $ty:ty $([ $($spec:tt)* ])? $(= $value:expr)?,)*
    })*) => {$(
        #[derive(Clone, Debug, PartialEq)]
        #[allow(missing_docs)] // names and meanings are those of Kafka's schema
        pub struct $name { $(pub $field: $ty,)* }

        impl Default for $name {
            fn default() -> Self {
                $name { $($field: default!($ty $(, $value)?),)* }
            }
        }

        #[allow(unused_variables, unused_mut, clippy::float_cmp)]
        impl $crate::wire::schema::Wire for $name {
            fn encode(&self, out: &mut $crate::wire::codec::Writer, ctx: $crate::wire::schema::Ctx) {
                use $crate::wire::codec::Put as _;
                let $crate::wire::schema::Ctx { version, flexible, .. } = ctx;
                $({
                    const FIELD: $crate::wire::schema::Field = field!($($($spec)*)?);
                    if FIELD.inline(version) {
                        $crate::wire::schema::Wire::encode(&self.$field, out, FIELD.ctx(version, flexible));
                    }
                })*
                if flexible {
                    let mut tagged: Vec<(u32, $crate::wire::codec::Writer)> = Vec::new();
                    $({
                        const FIELD: $crate::wire::schema::Field = field!($($($spec)*)?);
                        if let Some((tag, versions)) = FIELD.tag
                            && versions.has(version)
                            && self.$field != default!($ty $(, $value)?)
                        {
                            let mut body = $crate::wire::codec::Writer::new();
                            $crate::wire::schema::Wire::encode(&self.$field, &mut body, FIELD.ctx(version, flexible));
                            tagged.push((tag, body));
                        }
                    })*
                    tagged.sort_by_key(|(tag, _)| *tag);
                    out.put_uvarint(tagged.len() as u32);
                    for (tag, body) in tagged {
                        out.put_uvarint(tag);
                        out.put_uvarint(body.len() as u32);
                        out.put(&body);
                    }
                }
            }

            fn decode(
                input: &mut $crate::wire::codec::Reader,
                ctx: $crate::wire::schema::Ctx,
            ) -> Result<Self, $crate::wire::codec::DecodeError> {
                let $crate::wire::schema::Ctx { version, flexible, .. } = ctx;
                let mut value = Self::default();
                $({
                    const FIELD: $crate::wire::schema::Field = field!($($($spec)*)?);
                    if FIELD.inline(version) {
                        value.$field = $crate::wire::schema::Wire::decode(input, FIELD.ctx(version, flexible))?;
                    }
                })*
                if flexible {
                    for _ in 0..input.uvarint()? {
                        let tag = input.uvarint()?;
                        let len = input.uvarint()? as usize;
                        let mut body = input.sub(len)?;
                        $({
                            const FIELD: $crate::wire::schema::Field = field!($($($spec)*)?);
                            if let Some((own, versions)) = FIELD.tag
                                && own == tag
                                && versions.has(version)
                            {
                                value.$field =
                                    $crate::wire::schema::Wire::decode(&mut body, FIELD.ctx(version, flexible))?;
                            }
                        })*
                    }
                }
                Ok(value)
            }

            fn json(&self, ctx: $crate::wire::schema::Ctx) -> serde_json::Value {
                let $crate::wire::schema::Ctx { version, flexible, .. } = ctx;
                let mut map = serde_json::Map::new();
                $({
                    const FIELD: $crate::wire::schema::Field = field!($($($spec)*)?);
                    if FIELD.inline(version)
                        || (FIELD.tagged(version) && self.$field != default!($ty $(, $value)?))
                    {
                        let value = $crate::wire::schema::Wire::json(&self.$field, FIELD.ctx(version, flexible));
                        map.insert($crate::wire::schema::camel(stringify!($field)), value);
                    }
                })*
                serde_json::Value::Object(map)
            }
        }

        impl $crate::wire::schema::Nullable for $name {
            fn encode_opt(value: Option<&Self>, out: &mut $crate::wire::codec::Writer, ctx: $crate::wire::schema::Ctx) {
                use $crate::wire::codec::Put as _;
                match value {
                    Some(value) => {
                        out.put(&[1]);
                        $crate::wire::schema::Wire::encode(value, out, ctx);
                    }
                    None => out.put(if ctx.tagged { &[0] } else { &[0xff] }),
                }
            }
            fn decode_opt(
                input: &mut $crate::wire::codec::Reader,
                ctx: $crate::wire::schema::Ctx,
            ) -> Result<Option<Self>, $crate::wire::codec::DecodeError> {
                if input.i8()? < i8::from(ctx.tagged) {
                    return Ok(None);
                }
                <Self as $crate::wire::schema::Wire>::decode(input, ctx).map(Some)
            }
        }
    )*};
}

/// Declares one top-level message: its name, versions, first flexible version, and its structs.
macro_rules! message {
    ($name:ident versions $from:literal - $to:literal flexible $flexible:expr; $($structs:tt)*) => {
        structs! { $($structs)* }

        impl $crate::wire::schema::Message for $name {
            const NAME: &'static str = stringify!($name);
            const VERSIONS: std::ops::RangeInclusive<i16> = $from..=$to;
            const FLEXIBLE_FROM: i16 = $flexible;
        }
    };
}

/// Declares an API: key, request and response.
macro_rules! api {
    ($key:ident; $request:ident -> $response:ident) => {
        impl $crate::wire::schema::Request for $request {
            const KEY: $crate::wire::api::ApiKey = $crate::wire::api::ApiKey::$key;
            type Response = $response;
        }
    };
}

#[allow(unused_imports)]
pub(crate) use {api, default, field, message, structs};

/// The highest number: a message that never became flexible.
pub const NEVER_FLEXIBLE: i16 = i16::MAX;

/// A top-level message: a request, a response, a header or a persisted record.
pub trait Message: Wire + Default {
    /// Its name in Kafka's schema.
    const NAME: &'static str;
    /// Versions this build reads and writes.
    const VERSIONS: std::ops::RangeInclusive<i16>;
    /// First version with compact lengths and tagged fields.
    const FLEXIBLE_FROM: i16;

    /// Appends the body in `version`.
    fn write(&self, out: &mut Writer, version: i16) {
        self.encode(out, Self::ctx(version));
    }

    /// The body in `version`.
    fn to_bytes(&self, version: i16) -> Bytes {
        let mut out = Writer::new();
        self.write(&mut out, version);
        out.into()
    }

    /// Takes a body in `version`.
    ///
    /// # Errors
    /// When the version is unknown or the bytes are not such a message.
    fn read(input: &mut Reader, version: i16) -> Result<Self, DecodeError> {
        if !Self::VERSIONS.contains(&version) {
            return Err(DecodeError::Version { message: Self::NAME, version });
        }
        Self::decode(input, Self::ctx(version))
    }

    /// The message as Kafka's own JSON converter would print it in `version`.
    fn to_json(&self, version: i16) -> Value {
        self.json(Self::ctx(version))
    }

    /// Whether `version` is flexible.
    fn is_flexible(version: i16) -> bool {
        version >= Self::FLEXIBLE_FROM
    }

    #[doc(hidden)]
    fn ctx(version: i16) -> Ctx {
        Ctx { version, flexible: Self::is_flexible(version), nullable: false, tagged: false }
    }
}

/// A request and the answer it gets.
pub trait Request: Message + 'static {
    /// Its API key.
    const KEY: super::api::ApiKey;
    /// The answer.
    type Response: Message;
}
