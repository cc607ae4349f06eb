//! The one table of settings; everything else about a setting is derived from it.
