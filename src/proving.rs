//! Where the proving ground reaches into the program: points on the way of a message at which a test may
//! end, fail or delay it, and bugs that can be planted to see whether a test catches them. Without the
//! feature `proving` a point is nothing and no bug can be planted.
