@NullMarked
package io.penstock.provisioning.state;

import org.jspecify.annotations.NullMarked;
